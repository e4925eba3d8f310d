/**
 * The main job, from nothing to data in Kafka and Cassandra: `make demo`. Each step says what it does and how long it
 * took; the cluster stays up. Running it again is quick.
 */
import { up } from '../cluster/cluster.ts';
import { buildImages } from '../images/build.ts';
import { installOperator, operatorNamespace } from '../install.ts';
import { toolsOf } from '../kubectl.ts';
import { ensurePrerequisites, forCluster } from '../prerequisites.ts';
import { duration } from '../progress.ts';
import { cassandraDemo, kafkaDemo } from './data.ts';
import { watchPlans } from './plans.ts';

const namespace = 'demo';
const examples = ['examples/kafka.yaml', 'examples/cassandra.yaml'];

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function timed<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  const start = Date.now();
  say(`\n== ${what}`);
  const result = await work();
  say(`   done in ${duration(Date.now() - start)}`);
  return result;
}

function nextCommands(kubeconfig: string, bin: string | undefined): string {
  return `
Try next:
  export KUBECONFIG=${kubeconfig}${bin === undefined ? '' : `\n  export PATH=${bin}:$PATH`}
  kubectl -n ${namespace} get kafkaclusters,cassandraclusters,pods
  kubectl -n ${namespace} describe kafkacluster kafka
  kubectl -n ${namespace} delete pod kafka-kafka-1      # it comes back with its identity and data
  kubectl explain kafkacluster.spec.pools
  make cluster-down                                     # removes the cluster and everything in it`;
}

async function demo(signal: AbortSignal): Promise<void> {
  // Before the images: on a fresh machine both would ask apt for packages, and only one may at a time.
  if (process.env['CLUSTER'] !== 'kind') {
    await ensurePrerequisites(forCluster, { say: (line) => say(`   host: ${line}`), signal });
  }
  const images = buildImages({ signal, report: (line) => say(`   images: ${line}`) });
  images.catch(() => {}); // reported where the cluster asks for them
  const cluster = await timed('the local Kubernetes', () =>
    up({ signal, say: (line) => say(`   cluster: ${line}`), images: () => images }),
  );
  const operator = (await images).find((image) => image.name.includes('/operator:'));
  const tools = toolsOf(cluster, signal);
  await timed(`the operator, by its chart, in namespace ${operatorNamespace}`, () =>
    installOperator(tools, operator?.key ?? ''),
  );
  await timed(`${examples.join(' and ')}, applied to namespace ${namespace}`, async () => {
    const manifest = await tools.kubectl(['create', 'namespace', namespace, '--dry-run=client', '-o', 'yaml']);
    await tools.kubectl(['apply', '-f', '-'], { input: manifest });
    await tools.kubectl(['apply', '-n', namespace, ...examples.flatMap((file) => ['-f', file])]);
    await watchPlans(tools, namespace, say, signal);
  });
  await timed('Kafka: 10,000 records with acks=all, then a pod deleted', () =>
    kafkaDemo(cluster, tools, namespace, say, signal),
  );
  await timed('Cassandra: 1,000 rows at LOCAL_QUORUM, then a pod deleted', () =>
    cassandraDemo(tools, namespace, say, signal),
  );
  say(nextCommands(cluster.kubeconfig, cluster.bin));
}

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => stop.abort(new Error(`ended by ${name}`)));
}
await demo(stop.signal).catch((error: unknown) => {
  process.stderr.write(`\ndemo: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
process.exit();
