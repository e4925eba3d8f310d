/** The command: `node hack/cluster/main.ts up|down|status|node NAME down|up|partition|heal`. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cacheRoot } from '../paths.ts';
import {
  type ClusterOptions,
  type ClusterStatus,
  down,
  type NodeAct,
  nodeDown,
  nodeHeal,
  nodePartition,
  nodeUp,
  status,
  up,
} from './cluster.ts';
import { parseShape, shapeSyntax } from './shape.ts';

const usage = `usage: node hack/cluster/main.ts COMMAND [--name NAME]
  up [--nodes SHAPE] [--no-images]      start the cluster, or bring a running one up to date
  down                                  remove it with all its data
  status                                its nodes, and how to use it
  node NODE down|up|partition|heal      kill a node, start it again, cut it off, plug it in again
SHAPE: ${shapeSyntax}; a,b,c,gpu:a unless given
CLUSTER=kind makes the cluster of containers, where a Docker engine answers`;

const nodeActs: { [act in NodeAct]: typeof nodeDown } = {
  down: nodeDown,
  up: nodeUp,
  partition: nodePartition,
  heal: nodeHeal,
};

class UsageError extends Error {}

function shown(state: ClusterStatus): string {
  const nodes = state.nodes.map(
    (node) => `  ${node.name.padEnd(12)} zone ${node.zone}  ${node.state}${node.ready ? ', ready' : ', not ready'}`,
  );
  const lines = [
    `cluster ${state.name}: the API ${state.apiAnswers ? 'answers' : 'does not answer'}`,
    ...nodes,
    'To use it:',
    `  export KUBECONFIG=${state.kubeconfig}`,
    `  export PATH=${join(cacheRoot(), 'bin')}:$PATH`,
  ];
  return lines.join('\n');
}

async function show(name: string, signal: AbortSignal): Promise<void> {
  const state = await status({ name, signal });
  console.log(state === undefined ? `cluster ${name}: not there` : shown(state));
}

function isNodeAct(text: string): text is NodeAct {
  return Object.hasOwn(nodeActs, text);
}

async function onNode(node: string | undefined, act: string, options: ClusterOptions): Promise<void> {
  if (node === undefined || !isNodeAct(act)) throw new UsageError();
  await nodeActs[act](node, options);
  console.log(`cluster: node ${node}: ${act} done`);
}

function read(args: readonly string[]) {
  const options = {
    name: { type: 'string', default: 'stateward' },
    nodes: { type: 'string', default: 'a,b,c,gpu:a' },
    'no-images': { type: 'boolean', default: false },
  } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : undefined);
  }
}

async function start(values: ReturnType<typeof read>['values'], signal: AbortSignal): Promise<void> {
  const shape = parseShape(values.nodes);
  if (shape === undefined) throw new UsageError(`--nodes ${values.nodes}: it is ${shapeSyntax}`);
  const images = values['no-images'] ? { images: async () => [] } : {};
  await up({ name: values.name, signal, shape, ...images });
  await show(values.name, signal);
}

async function main(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { values, positionals } = read(args);
  const { name } = values;
  const [command, node, act = ''] = positionals;
  switch (command) {
    case 'up':
      return start(values, signal);
    case 'down': {
      const existed = await down({ name, signal });
      return console.log(existed ? `cluster ${name} is gone` : `cluster ${name}: not there`);
    }
    case 'status':
      return show(name, signal);
    case 'node':
      return onNode(node, act, { name, signal });
    default:
      throw new UsageError();
  }
}

process.stdout.on('error', () => {}); // a reader that goes away must not end a start halfway
const ending = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.once(name, () => ending.abort(new Error(`ended by ${name}`)));
await main(process.argv.slice(2), ending.signal).catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  const text = error instanceof UsageError ? [message, usage].filter((part) => part !== '').join('\n') : message;
  console.error(text);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
