/** `make bench`: measures and prints; asserts nothing. Compare only runs on the same, otherwise idle machine. */
import { down, up } from '../../hack/cluster/cluster.ts';
import { buildImages } from '../../hack/images/build.ts';
import { installOperator } from '../../hack/install.ts';
import { type Tools, toolsOf } from '../../hack/kubectl.ts';
import { timeDecisions } from './decide.ts';
import { deployAndTime, type Timing } from './deploy.ts';
import { type EntityTiming, makeEntities, manyTopics, timeEntities, topics, users } from './entities.ts';
import { timeKafkaAlone } from './kafka-alone.ts';
import { largeCassandra, largeKafka } from './large.ts';
import { between, type Load, scrape } from './load.ts';
import { type Sends, sendsText } from './producer.ts';
import { cassandraChange, type RollTiming, rollAndTime, rollKafkaAndTime } from './roll.ts';
import { decisionTable, entityTable, loadTable, type Row, rollTable, statusTable, timingTable } from './table.ts';

const cluster = 'stateward-bench';
const idleMs = 60_000;

/** What the peers took on the same kind of cluster (2 nodes, 2 cores): apply to Ready of 3 members, or one restart; seconds. */
const peers: Row[] = [
  ['Strimzi 1.2.0, 3 brokers', '70-76'],
  ['cass-operator 1.32.0, 3 nodes', '287-304'],
  ['Strimzi 1.2.0, restart of one broker', '27-29'],
  ['Strimzi 1.2.0, longest gap between acknowledgements in rolls', '10.4'],
  ['cass-operator 1.32.0, restart of one node', '64-70'],
  ['Strimzi 1.2.0, 250 topics: create, change, delete', '25.0, 14.9, 8.1'],
  ['Strimzi 1.2.0, 100 users: create', '10.7'],
];

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

interface Measured {
  timings: Timing[];
  rolls: RollTiming[];
  sends: Sends;
  entities: EntityTiming[];
  loads: Load[];
}

async function measure(tools: Tools, kubeconfig: string, signal: AbortSignal): Promise<Measured> {
  const fresh = await scrape(tools, signal);
  const kafka = await deployAndTime(tools, 'examples/kafka.yaml', 'KafkaCluster', signal);
  const afterKafka = await scrape(tools, signal);
  const { roll, sends } = await rollKafkaAndTime(tools, kubeconfig, signal);
  const rolled = await scrape(tools, signal);
  const entities = [
    await timeEntities(users, kubeconfig, signal),
    await timeEntities(topics, kubeconfig, signal),
    await timeKafkaAlone(kubeconfig, signal),
  ];
  const withEntities = await scrape(tools, signal);
  const cassandra = await deployAndTime(tools, 'examples/cassandra.yaml', 'CassandraCluster', signal);
  const busy = await scrape(tools, signal);
  const rolls = [roll, await rollAndTime(kubeconfig, cassandraChange, signal)];
  const changed = await scrape(tools, signal);
  say(`   both Ready; watching the idle operator for ${idleMs / 1000} s`);
  await new Promise((resolve) => setTimeout(resolve, idleMs));
  const idle = await scrape(tools, signal);
  await makeEntities(manyTopics, kubeconfig, signal);
  const many = await scrape(tools, signal);
  const loads = [
    between('deploying Kafka', fresh, afterKafka),
    between('rolling Kafka', afterKafka, rolled),
    between('making, changing and removing users and topics', rolled, withEntities),
    between('deploying Cassandra', withEntities, busy),
    between('rolling Cassandra', busy, changed),
    between('idle with both', changed, idle),
    between(`making ${manyTopics.count} topics`, idle, many),
  ];
  return { timings: [kafka, cassandra], rolls, sends, entities, loads };
}

async function main(signal: AbortSignal): Promise<void> {
  const options = { name: cluster, signal, say: (line: string) => say(`   cluster: ${line}`) };
  const images = await buildImages({ signal, report: (line) => say(`   images: ${line}`) });
  const running = await up({ ...options, images: async () => images });
  try {
    const tools = toolsOf(running, signal);
    await installOperator(tools, images.find((image) => image.name.includes('/operator:'))?.key ?? '');
    const { timings, rolls, sends, entities, loads } = await measure(tools, running.kubeconfig, signal);
    say(`\n${timings.map(timingTable).join('\n\n')}`);
    say(`\nPeers (s)\n${peers.map(([who, seconds]) => `  ${who}: ${seconds}`).join('\n')}`);
    say(`\n${rolls.map(rollTable).join('\n\n')}\n\n${sendsText(sends)}\n\n${entityTable(entities)}`);
    const large = [largeCassandra(), largeKafka()];
    say(`\n${loadTable(loads)}\n\n${decisionTable(timeDecisions(large))}\n\n${statusTable(large)}`);
  } finally {
    await down({ ...options, signal: AbortSignal.timeout(120_000) });
  }
}

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort(new Error(`ended by ${name}`)));
await main(stop.signal).catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
process.exit();
