/** A broker that has lost the voters of its quorum, as a real Kafka loses them: what it still does, and what heals it. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KafkaAdmin } from '../../operators/kafka/admin/admin.ts';
import { protocolAdmin } from '../../operators/kafka/admin/protocol-admin.ts';
import { eventually } from '../lib/eventually.ts';
import { newAuthority, operatorOf } from './certificates.ts';
import { kafkaProcesses, ports } from './kafka-processes.ts';
import { type Link, linkTo } from './link.ts';

/** Parts of a broker that speak to the active controller, each on its own. */
const channels = 4;

const linkHost = '127.93.7.100';
const [controller, broker] = [0, 1];
const nodes = [
  { nodeId: controller, rack: 'a', roles: 'broker,controller', controllerHost: linkHost },
  { nodeId: broker, rack: 'b', roles: 'broker' },
];

/** What a second leader of a young quorum has: nothing of the first one's log, and a later epoch. */
const laterQuorum = {
  leaderId: -1,
  leaderEpoch: 9,
  votedId: -1,
  votedDirectoryId: 'AAAAAAAAAAAAAAAAAAAAAA',
  data_version: 1,
};

describe('a real broker that has lost its voters', () => {
  const ending = new AbortController();
  const { signal } = ending;
  const patient = { signal, timeoutMs: 110_000 };
  const folder = mkdtempSync(join(tmpdir(), 'stateward-kafka-'));
  const kafka = kafkaProcesses(nodes, { version: '4.3.1', network: 7, folder, signal });
  let admin: KafkaAdmin;
  let link: Link;

  const at = (nodeId: number) => kafka.addressOf(nodeId);

  before(async () => {
    const authority = await newAuthority('kafka');
    const certificates = { signer: authority, trusted: [authority.certificate] };
    admin = protocolAdmin({ controllerPort: ports.controller, access: await operatorOf(authority) });
    link = await linkTo({ from: linkHost, to: at(controller).host, port: ports.controller });
    await kafka.prepare(certificates);
    for (const { nodeId } of nodes) kafka.start(nodeId);
    await untilServing();
    await kafka.stopAll();
    rmSync(join(folder, String(controller)), { recursive: true });
    await kafka.prepare(certificates);
    const state = join(folder, String(controller), 'data/__cluster_metadata-0/quorum-state');
    writeFileSync(state, JSON.stringify(laterQuorum));
  });

  after(async () => {
    await kafka.stopAll();
    link.end();
    ending.abort();
    rmSync(folder, { recursive: true, force: true });
  });

  /** How often, in all its lives, a part of the broker has found the address of the active controller. */
  function addressesFound(): number {
    const log = readFileSync(join(folder, `${broker}.log`), 'utf8');
    return log.split('Recorded new KRaft controller').length - 1;
  }

  /** As the other one sees it. */
  function untilServing(): Promise<void> {
    return eventually(async () => assert.deepEqual(await unfenced(), [controller, broker]), patient);
  }

  async function unfenced(): Promise<number[]> {
    const { brokers } = await admin.describe(at(controller), signal);
    return brokers.flatMap(({ nodeId, fenced }) => (fenced ? [] : [nodeId]));
  }

  it('serves, and passes nothing on', async () => {
    kafka.start(controller);
    // So that it knows where the controller is before the controller tells it to cut its log off.
    link.delayMs = 1_000;
    const known = addressesFound();
    kafka.start(broker);
    await eventually(() => assert.equal(addressesFound(), known + channels), patient);
    link.delayMs = 0;
    await untilServing();
    // What forwards has not connected yet: with its first connection it loses the address.
    link.closed = true;
    assert.equal(await admin.forwards(at(broker), signal), false);
    link.closed = false;
    assert.equal(await admin.forwards(at(broker), signal), false);
    assert.equal(await admin.forwards(at(controller), signal), true);
    await assert.rejects(admin.cordon(at(broker), broker, true, signal), /timed out/);
  });

  it('follows its leader all the same, and is not fenced', async () => {
    assert.deepEqual(await unfenced(), [controller, broker]);
    const { quorum } = await admin.describe(at(controller), signal);
    const [leader, follower] = [quorum.voters, quorum.observers].map(([replica]) => replica);
    assert.ok(leader !== undefined && follower !== undefined);
    assert.equal(follower.nodeId, broker);
    assert.ok(leader.lastFetch - follower.lastFetch < 2_000n, `${leader.lastFetch} ${follower.lastFetch}`);
  });

  it('passes requests on after a restart', async () => {
    await kafka.stop(broker);
    kafka.start(broker);
    await eventually(async () => assert.equal(await admin.forwards(at(broker), signal), true), patient);
    await untilServing();
    assert.deepEqual(await admin.cordon(at(broker), broker, true, signal), { kind: 'Done' });
  });
});
