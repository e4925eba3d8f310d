/** A CA takes the place of another under a real Kafka: nobody restarts, and nobody is refused. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { createTopic, kafkaClient, produce } from '../../hack/clients/kafka.ts';
import { protocolAdmin } from '../../operators/kafka/admin/protocol-admin.ts';
import { readCertificate } from '../../operators/tls/certificate.ts';
import type { KeyPair } from '../../operators/tls/issue.ts';
import type { Access } from '../../operators/workload/certificates/access.ts';
import { eventually } from '../lib/eventually.ts';
import { corporateAuthority, newAuthority, operatorOf, strangerOf, tlsOf } from './certificates.ts';
import { kafkaProcesses, ports } from './kafka-processes.ts';

const nodes = [0, 1, 2].map((nodeId) => ({ nodeId, rack: 'a', roles: 'broker,controller' }));
const places = nodes.flatMap(({ nodeId }) => [ports.broker, ports.controller].map((port) => ({ nodeId, port })));

describe('certificates of a real Kafka', () => {
  const ending = new AbortController();
  const { signal } = ending;
  const folder = mkdtempSync(join(tmpdir(), 'stateward-kafka-'));
  const kafka = kafkaProcesses(nodes, { version: '4.3.1', network: 8, folder, signal });
  let first: KeyPair;
  let root: KeyPair;
  let second: KeyPair;

  const at = (nodeId: number, port: number = ports.broker) => ({ ...kafka.addressOf(nodeId), port });
  const adminOf = (access: Access) => protocolAdmin({ controllerPort: ports.controller, access });

  before(async () => {
    [first, root] = [await newAuthority('first'), await corporateAuthority('root', {})];
    second = await corporateAuthority('second', { algorithm: 'Rsa', signedBy: root });
    await kafka.prepare({ signer: first, trusted: [first.certificate] });
    for (const { nodeId } of nodes) kafka.start(nodeId);
    const access = await operatorOf(first);
    await untilWhole(access);
    await createTopic(clientOf(access), { topic: 'orders', partitions: 3, replicas: 3 });
  });

  after(async () => {
    await kafka.stopAll();
    ending.abort();
    rmSync(folder, { recursive: true, force: true });
  });

  function clientOf(access: Access) {
    return kafkaClient({
      bootstrap: nodes.map(({ nodeId }) => `${at(nodeId).host}:${ports.broker}`),
      tls: tlsOf(access),
    });
  }

  /** As most clients know a CA. */
  function byRoot({ identity }: Access): Access {
    return { identity, trusted: root.certificate };
  }

  async function untilWhole(access: Access): Promise<void> {
    const look = async (nodeId: number): Promise<void> => {
      const { brokers, quorum } = await adminOf(access).describe(at(nodeId), signal);
      assert.deepEqual(
        brokers.map(({ fenced }) => fenced),
        [false, false, false],
      );
      assert.equal(quorum.voters.length, 3);
    };
    for (const { nodeId } of nodes) await eventually(() => look(nodeId), { signal });
  }

  /** Everywhere; resolves once it is so. */
  async function untilEverywhere(check: (place: { nodeId: number; port: number }) => Promise<void>): Promise<void> {
    for (const place of places) await eventually(() => check(place), { signal });
  }

  function presentedAt({ nodeId, port }: { nodeId: number; port: number }, access: Access): Promise<string> {
    return adminOf(access).certificate(at(nodeId, port), signal);
  }

  async function present(place: { nodeId: number; port: number }, access: Access): Promise<void> {
    const read = readCertificate(await presentedAt(place, access));
    const wanted = readCertificate(readFileSync(join(folder, `${place.nodeId}.pem`), 'utf8'));
    assert.ok(read.ok && wanted.ok);
    assert.equal(read.value.fingerprint, wanted.value.fingerprint);
  }

  it('are presented at every port', async () => {
    const access = await operatorOf(first);
    await untilEverywhere((place) => present(place, access));
  });

  it('are asked of everybody, and must be of the right CA', async () => {
    const stranger = await operatorOf(second, first);
    for (const place of places) await assert.rejects(presentedAt(place, stranger));
    for (const { nodeId, port } of places) {
      const { trusted } = await operatorOf(first);
      const { host, name } = at(nodeId, port);
      await assert.rejects(greetWithout({ host, port, ca: trusted, servername: name }), /alert|socket|ECONNRESET/i);
    }
  });

  it('are replaced, with their CA, while records are written', async () => {
    const [byFirst, bySecond] = [await operatorOf(first, second), await operatorOf(second, first)];
    const client = clientOf(byFirst);
    await produce(client, 'orders', { from: 0, to: 1_000 });
    await kafka.certify({ signer: first, trusted: [first.certificate, second.certificate] });
    await untilEverywhere((place) => present(place, byFirst));
    await untilEverywhere((place) => present(place, bySecond));
    await produce(client, 'orders', { from: 1_000, to: 2_000 });
    const above = [root.certificate];
    await kafka.certify({ signer: second, trusted: [first.certificate, second.certificate], above });
    await untilEverywhere((place) => present(place, byFirst));
    await produce(clientOf(byRoot(bySecond)), 'orders', { from: 2_000, to: 3_000 });
    await kafka.certify({ signer: second, trusted: [second.certificate], above });
    await untilEverywhere((place) => assert.rejects(presentedAt(place, byFirst)));
    await untilEverywhere((place) => present(place, bySecond));
    await untilWhole(bySecond);
  });

  it('are known by the root of their CA, and let nobody else in whom that vouches for', async () => {
    const access = byRoot(await operatorOf(second));
    for (const place of places) await present(place, access);
    const sibling = await corporateAuthority('sibling', { signedBy: root });
    for (const stranger of [await strangerOf(sibling, second), await strangerOf(root, second)])
      for (const place of places) await assert.rejects(presentedAt(place, stranger));
  });

  it('let each node find the others again', async () => {
    const access = await operatorOf(second);
    for (const { nodeId } of nodes) {
      await kafka.stop(nodeId);
      kafka.start(nodeId);
      await untilWhole(access);
    }
    await produce(clientOf(byRoot(access)), 'orders', { from: 3_000, to: 4_000 });
  });
});

/** Says nothing about who comes, and waits for an answer. */
function greetWithout(target: { host: string; port: number; ca: string; servername: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(target, () => socket.write(Buffer.alloc(4)));
    socket.once('data', () => resolve());
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the socket was closed')));
  });
}
