/** The images: what each is made of and which key says so. */
import { join } from 'node:path';
import { type Bases, javaKey, nodeKey } from './base.ts';
import { agent, agentKey, dist, jars, modules, modulesKey, type Product, sourceKey } from './contents.ts';
import { keyOf, keyOfFiles } from './keys.ts';
import { type Bud, here, type Workshop } from './workshop.ts';

export interface Recipe {
  /** Full name of the image. */
  name: string;
  /** Computed only for images that are asked for. */
  key: () => string;
  /** Everything that has to be there before the Dockerfile can be built. */
  prepare: (workshop: Workshop, bases: Bases) => Promise<Bud>;
}

const versions: readonly [Product, string][] = [
  ['kafka', '4.3.1'],
  ['kafka', '4.2.1'],
  ['cassandra', '5.0.9'],
  ['cassandra', '5.0.8'],
];

function productRecipe([product, version]: readonly [Product, string]): Recipe {
  const name = `docker.io/stateward/${product}:${version}`;
  const context = join(here, product);
  return {
    name,
    key: () => keyOf(version, javaKey(), keyOfFiles(here, [product])),
    prepare: async (workshop, bases) => {
      const [libs] = await Promise.all([jars(workshop, product, version), bases.jre()]);
      const dockerfile = join(context, 'Dockerfile');
      return { name, dockerfile, context, stages: { jars: libs }, arguments: { VERSION: version } };
    },
  };
}

const operator: Recipe = {
  name: 'docker.io/stateward/operator:dev',
  key: () => keyOf(nodeKey(), modulesKey(), sourceKey(), keyOfFiles(here, ['operator'])),
  prepare: async (workshop, bases) => {
    const [app, libraries] = await Promise.all([dist(workshop), modules(workshop), bases.node()]);
    const context = join(here, 'operator');
    const stages = { modules: libraries, dist: app };
    return { name: operator.name, dockerfile: join(context, 'Dockerfile'), context, stages };
  },
};

const agents: Recipe = {
  name: 'docker.io/stateward/agents:dev',
  key: () => keyOf(agentKey(), keyOfFiles(here, ['base/debian'])),
  prepare: async (workshop, bases) => {
    const [build] = await Promise.all([agent(workshop), bases.debian()]);
    const context = join(here, 'agents');
    return { name: agents.name, dockerfile: join(context, 'Dockerfile'), context, stages: { build } };
  },
};

export const catalog: readonly Recipe[] = [agents, ...versions.map(productRecipe), operator];
