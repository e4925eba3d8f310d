/** Starts the cluster with the operator before the first test, and removes it after the last or when interrupted. */
import { down, up } from '../../hack/cluster/cluster.ts';
import { buildImages } from '../../hack/images/build.ts';
import { installOperator } from '../../hack/install.ts';
import { toolsOf } from '../../hack/kubectl.ts';
import { clusterName, keptCluster, removeLeftovers, cluster as wanted } from './lib/cluster.ts';

const ending = new AbortController();
const work = { name: clusterName, signal: ending.signal, say: (line: string) => console.log(`e2e: ${line}`) };

/** A cluster that a killed run left behind is taken away first: every run starts from nothing. */
async function start(): Promise<void> {
  if (!keptCluster) await down(work);
  const images = await buildImages({ signal: ending.signal, report: work.say });
  const cluster = await up({ ...work, shape: wanted.shape, images: async () => images });
  const tools = toolsOf(cluster, ending.signal);
  await removeLeftovers(tools);
  const operator = images.find(({ name }) => name.includes('/operator:'));
  await installOperator(tools, operator?.key ?? '');
  work.say('the operator is installed');
}

let stopping: Promise<unknown> | undefined;

/** Once, whoever asks: the end of the tests, a failed start or an interrupt. */
async function stop(): Promise<void> {
  if (keptCluster) return;
  stopping ??= down({ ...work, signal: new AbortController().signal });
  await stopping;
}

/** Not `once`: mocha sends itself a second SIGINT as soon as its workers are gone, and that must not end the clean-up. */
function stopWhenInterrupted(): void {
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      ending.abort(new Error(`ended by ${name}`));
      void stop().finally(() => process.exit(130));
    });
  }
}

export async function mochaGlobalSetup(): Promise<void> {
  stopWhenInterrupted();
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
}

export async function mochaGlobalTeardown(): Promise<void> {
  await stop();
}
