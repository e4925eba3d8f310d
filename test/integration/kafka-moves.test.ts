/** Replicas that move from one broker to others, and a broker that goes for good: what only a real Kafka knows. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTopic, kafkaClient, produce } from '../../hack/clients/kafka.ts';
import type { KafkaAdmin, Move, Partition } from '../../operators/kafka/admin/admin.ts';
import { protocolAdmin } from '../../operators/kafka/admin/protocol-admin.ts';
import { drainMoves } from '../../operators/kafka/drain/drain.ts';
import { nameOf } from '../../operators/kafka/restart-risk.ts';
import { eventually } from '../lib/eventually.ts';
import { newAuthority, operatorOf, tlsOf } from './certificates.ts';
import { kafkaProcesses, ports } from './kafka-processes.ts';

const nodes = [
  { nodeId: 0, rack: 'a', roles: 'broker,controller' },
  { nodeId: 1, rack: 'b', roles: 'broker' },
  { nodeId: 2, rack: 'c', roles: 'broker' },
];
const [kept, leaving] = [0, 2];

describe('a real Kafka', () => {
  const ending = new AbortController();
  const { signal } = ending;
  let admin: KafkaAdmin;
  const folder = mkdtempSync(join(tmpdir(), 'stateward-kafka-'));
  const kafka = kafkaProcesses(nodes, { version: '4.3.1', network: 9, folder, signal });

  before(async () => {
    const authority = await newAuthority('kafka');
    const access = await operatorOf(authority);
    admin = protocolAdmin({ controllerPort: ports.controller, access });
    await kafka.prepare({ signer: authority, trusted: [authority.certificate] });
    for (const { nodeId } of nodes) kafka.start(nodeId);
    await Promise.all(nodes.map(({ nodeId }) => untilServing(nodeId)));
    const bootstrap = nodes.map(({ nodeId }) => `${at(nodeId).host}:${ports.broker}`);
    const client = kafkaClient({ bootstrap, tls: tlsOf(access) });
    await createTopic(client, { topic: 'orders', partitions: 6, replicas: 2 });
    await produce(client, 'orders', { from: 0, to: 1_000 });
  });

  after(async () => {
    await kafka.stopAll();
    ending.abort();
    rmSync(folder, { recursive: true, force: true });
  });

  const at = (nodeId: number) => kafka.addressOf(nodeId);
  const controller = () => ({ ...at(kept), port: ports.controller });

  function untilServing(nodeId: number): Promise<void> {
    return eventually(
      async () => {
        const { brokers } = await admin.describe(at(nodeId), signal);
        assert.deepEqual(
          brokers.map(({ fenced }) => fenced),
          [false, false, false],
        );
      },
      { signal },
    );
  }

  async function cordonsOf(nodeId: number): Promise<boolean[]> {
    return (await admin.logDirs(at(nodeId), signal)).map(({ cordoned }) => cordoned);
  }

  async function onLeaving(): Promise<Partition[]> {
    return (await admin.partitions(at(kept), signal)).filter(({ replicas }) => replicas.includes(leaving));
  }

  async function drain() {
    const reassignments = await admin.reassignments(at(kept), signal);
    const { brokers } = await admin.describe(at(kept), signal);
    const partitions = await admin.partitions(at(kept), signal);
    const dirs = nodes.map(async ({ nodeId }) => [nodeId, await admin.logDirs(at(nodeId), signal)] as const);
    const disks = new Map(await Promise.all(dirs));
    return drainMoves({ leaving: new Set([leaving]), brokers, partitions, reassignments, disks });
  }

  it('tells what each broker has on its disks', async () => {
    const [dir, ...others] = await admin.logDirs(at(leaving), signal);
    assert.ok(dir !== undefined && others.length === 0);
    assert.ok(dir.usableBytes > 0n && dir.totalBytes > dir.usableBytes && !dir.failed && !dir.cordoned);
    assert.deepEqual(dir.replicas.map(nameOf).sort(), (await onLeaving()).map(nameOf));
    assert.ok(dir.replicas.every(({ bytes, future }) => bytes > 0n && !future));
  });

  it('cordons a broker that is asked itself, and shows it', async () => {
    assert.equal((await admin.cordon(at(kept), leaving, true, signal)).kind, 'Refused');
    assert.equal((await admin.cordon(controller(), leaving, true, signal)).kind, 'Refused');
    assert.deepEqual(await admin.cordon(at(leaving), leaving, true, signal), { kind: 'Done' });
    await eventually(async () => assert.deepEqual(await cordonsOf(leaving), [true]), { signal });
    assert.deepEqual(await cordonsOf(kept), [false]);
  });

  it('says which moves it refuses, and makes the others', async () => {
    const [first, second] = await onLeaving();
    assert.ok(first !== undefined && second !== undefined);
    const there: Move = { ...first, replicas: first.replicas.toReversed() };
    const answer = await admin.reassign(at(kept), [{ ...second, replicas: [kept, 9] }, there], signal);
    const name = nameOf(second);
    const message = `1 of 2 partitions: ${name}: The manual partition assignment includes broker 9, but no such broker is registered.`;
    assert.deepEqual(answer, { kind: 'Refused', message });
    await eventually(
      async () => {
        const now = (await onLeaving()).find((each) => nameOf(each) === nameOf(first));
        assert.deepEqual(now?.replicas, there.replicas);
      },
      { signal },
    );
  });

  it('passes over moves that are overtaken', async () => {
    const [one] = await onLeaving();
    assert.ok(one !== undefined);
    const overtaken: Move[] = [
      { ...one, replicas: undefined },
      { ...one, replicas: [0, 1, 2] },
      { topic: 'gone', index: 0, replicas: [0, 1] },
      { ...one, index: 99, replicas: [0, 1] },
    ];
    for (const move of overtaken) assert.deepEqual(await admin.reassign(at(kept), [move], signal), { kind: 'Done' });
    assert.deepEqual(await admin.reassignments(at(kept), signal), []);
    assert.deepEqual((await onLeaving())[0], one);
  });

  it('moves everything off a broker, by the decisions that are made for it', async () => {
    const first = await drain();
    assert.ok(first.kind === 'Moves' && first.partitions === first.moves.length, JSON.stringify(first));
    await eventually(
      async () => {
        const next = await drain();
        if (next.kind === 'Moves') {
          assert.deepEqual(await admin.reassign(at(kept), next.moves, signal), { kind: 'Done' });
        }
        assert.equal(next.kind, 'Empty');
      },
      { signal },
    );
    assert.deepEqual(await onLeaving(), []);
    const partitions = await admin.partitions(at(kept), signal);
    assert.ok(partitions.every(({ replicas, inSync }) => replicas.length === 2 && inSync.length === 2));
  });

  it('ends a move that cannot go on, and goes back', async () => {
    await kafka.stop(leaving);
    const [one] = await admin.partitions(at(kept), signal);
    assert.ok(one !== undefined);
    const [first = -1, second = -1] = one.replicas;
    const under: Move = { ...one, replicas: [first, leaving] };
    assert.deepEqual(await admin.reassign(at(kept), [under], signal), { kind: 'Done' });
    const { topic, index } = one;
    const expected = [{ topic, index, adding: [leaving], removing: [second] }];
    assert.deepEqual(await admin.reassignments(at(kept), signal), expected);
    assert.deepEqual(await admin.reassign(at(kept), [{ ...one, replicas: undefined }], signal), { kind: 'Done' });
    assert.deepEqual(await admin.reassignments(at(kept), signal), []);
    await eventually(async () => assert.deepEqual(await onLeaving(), []), { signal });
  });

  it('keeps the cordon of a broker that is gone until it is unregistered, and takes no change of it after that', async () => {
    assert.equal((await admin.cordon(at(kept), leaving, false, signal)).kind, 'Refused');
    assert.deepEqual(await admin.cordon(controller(), leaving, false, signal), { kind: 'Done' });
    assert.deepEqual(await admin.cordon(controller(), leaving, false, signal), { kind: 'Done' });
    await admin.unregisterBroker(at(kept), leaving, signal);
    await admin.unregisterBroker(at(kept), leaving, signal);
    const answer = await admin.cordon(controller(), leaving, false, signal);
    assert.deepEqual(answer, { kind: 'Refused', message: 'No node with id 2 found.' });
    await eventually(
      async () => {
        const { brokers } = await admin.describe(at(kept), signal);
        assert.deepEqual(
          brokers.map(({ nodeId }) => nodeId),
          [0, 1],
        );
      },
      { signal },
    );
  });
});
