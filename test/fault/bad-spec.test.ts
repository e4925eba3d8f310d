/** A wrong spec touches nothing that runs, and a right one always goes on. */
import assert from 'node:assert/strict';
import { pods } from '../../operators/kube/resource.ts';
import { assertReady, converge, services, statusLine } from './operator/converge.ts';
import { assertSame, deploy, reference } from './operator/deploy.ts';
import { finalState } from './operator/final-state.ts';
import { Operator } from './operator/operator.ts';
import { cassandra, combinedKafka, type Shape } from './shapes.ts';
import { World } from './world/world.ts';

type Kind = 'KafkaCluster' | 'CassandraCluster';

interface Case {
  what: string;
  kind: Kind;
  name: string;
  spec: object;
  says: RegExp;
}

const kafka = { kind: 'KafkaCluster', name: 'demo' } as const;
const ring = { kind: 'CassandraCluster', name: 'ring' } as const;
const pool = { name: 'kafka', roles: ['Controller', 'Broker'] };

const wrongWhileRunning: Case[] = [
  { ...kafka, what: 'a setting of ours', spec: { config: { 'node.id': '7' } }, says: /node\.id/ },
  { ...kafka, what: 'a pool less', spec: { pools: [{ ...pool, name: 'other' }] }, says: /holds data/ },
  { ...kafka, what: 'nonsense', spec: { pools: 'three' }, says: /spec\.pools/ },
  {
    ...kafka,
    what: 'no memory',
    spec: { pools: [{ ...pool, resources: { limits: { memory: '100Mi' } } }] },
    says: /heap/,
  },
  {
    ...kafka,
    what: 'a smaller volume',
    spec: { pools: [{ ...pool, storage: volume({ size: '1Gi' }) }] },
    says: /shrink/,
  },
  {
    ...kafka,
    what: 'a class that is not there',
    spec: { pools: [{ ...pool, storage: volume({ storageClassName: 'gold' }) }] },
    says: /no StorageClass gold/,
  },
  { ...ring, what: 'a setting of ours', spec: { config: { seed_provider: [] } }, says: /seed_provider/ },
  { ...ring, what: 'fewer members', spec: { replicas: 2 }, says: /system keyspaces have 3 replicas/ },
  { ...ring, what: 'another class', spec: { storage: { storageClassName: 'gold' } }, says: /no StorageClass gold/ },
  { ...ring, what: 'a smaller volume', spec: { storage: { size: '1Gi' } }, says: /shrink/ },
];

function volume(fields: object): object {
  return { volumes: [{ name: 'data', ...fields }] };
}

function shapeOf(kind: Kind): Shape {
  return kind === 'KafkaCluster' ? combinedKafka : cassandra;
}

function stalled(world: World): string {
  const conditions = services(world).flatMap(({ status }) => status?.conditions ?? []);
  return conditions.find(({ type, status }) => type === 'Stalled' && status === 'True')?.message ?? '';
}

describe('a wrong spec of a running service', () => {
  for (const { what, kind, name, spec, says } of wrongWhileRunning) {
    it(`${kind}: ${what}: only status is written, and the right spec goes on`, async () => {
      const { final } = await reference(shapeOf(kind));
      const { world, operator } = await deploy(shapeOf(kind));
      const { history } = world.server;
      const before = history.length;
      world.put(kind, name, spec);
      await converge(world, operator);
      assert.match(stalled(world), says);
      const touched = history.slice(before).map(({ object }) => object.kind);
      assert.deepEqual([...new Set(touched)], [kind]);
      assertReady(world);
      world.put(kind, name, {});
      await converge(world, operator);
      assertSame(world, final);
    });
  }
});

/** Wrong from the start: what is shown, and the spec that corrects it. */
const wrongAtFirst: (Case & { right: object })[] = [
  { ...kafka, what: 'an image that nobody has', spec: { image: 'broken:1' }, says: /image/, right: {} },
  { ...ring, what: 'an image that nobody has', spec: { image: 'broken:1' }, says: /image/, right: {} },
  {
    ...kafka,
    what: 'a volume that fits on no node',
    spec: { pools: [{ ...pool, storage: volume({ size: '9Ti' }) }] },
    says: /enough free storage/,
    right: {},
  },
  { ...ring, what: 'a volume that fits on no node', spec: { storage: { size: '9Ti' } }, says: /enough/, right: {} },
  {
    ...kafka,
    what: 'a missing StorageClass',
    spec: { pools: [{ ...pool, storage: volume({ storageClassName: 'gold' }) }] },
    says: /no StorageClass gold/,
    right: {},
  },
  { ...ring, what: 'a missing StorageClass', spec: { storage: { storageClassName: 'gold' } }, says: /gold/, right: {} },
  { ...kafka, what: 'no such zone', spec: inZone('z'), says: /no node/, right: {} },
  { ...ring, what: 'no such zone', spec: { racks: [{ name: 'r1', zone: 'z' }] }, says: /no node/, right: {} },
];

function inZone(zone: string): object {
  return { placement: { nodeSelector: { 'topology.kubernetes.io/zone': zone } } };
}

describe('a spec that is wrong from the start', () => {
  for (const { what, kind, name, spec, says, right } of wrongAtFirst) {
    it(`${kind}: ${what}: is named, and corrected it ends as if it had never been`, async () => {
      const { final } = await reference(shapeOf(kind));
      const world = new World();
      world.put(kind, name, spec);
      const operator = new Operator(world);
      await converge(world, operator);
      assert.match(stalled(world), says, statusLine(world));
      world.put(kind, name, right);
      await converge(world, operator);
      assertSame(world, final);
    });
  }

  it('a StorageClass that is made later is enough', async () => {
    const world = new World();
    world.put('CassandraCluster', 'ring', { storage: { storageClassName: 'gold' } });
    const operator = new Operator(world);
    await converge(world, operator);
    assert.equal(world.server.list(pods).length, 0);
    world.addStorageClass('gold');
    await converge(world, operator);
    assertReady(world);
  });

  it('a refusal by the API server is shown, and corrected it goes on', async () => {
    const { final } = await reference(cassandra);
    const world = new World();
    world.server.refuses = (object) =>
      object.kind === 'StatefulSet' && JSON.stringify(object).includes('Sometimes') ? 'Unsupported value' : undefined;
    const term = { matchExpressions: [{ key: 'a', operator: 'Sometimes' }] };
    const required = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } };
    world.put('CassandraCluster', 'ring', { placement: { affinity: { nodeAffinity: required } } });
    const operator = new Operator(world);
    await converge(world, operator);
    assert.match(stalled(world), /Unsupported value/);
    world.put('CassandraCluster', 'ring', {});
    await converge(world, operator);
    assertSame(world, final);
  });
});

describe('a volume', () => {
  for (const [kind, name, spec] of [
    ['KafkaCluster', 'demo', { pools: [{ ...pool, storage: volume({ size: '30Gi' }) }] }],
    ['CassandraCluster', 'ring', { storage: { size: '300Gi' } }],
  ] as const) {
    it(`${kind}: grows, with a crash after any write, and no pod is touched`, async () => {
      const undisturbed = await deploy(shapeOf(kind));
      const start = undisturbed.operator.writes;
      await grow(undisturbed, kind, name, spec);
      const final = finalState(undisturbed.world);
      for (let fatal = start + 1; fatal <= undisturbed.operator.writes; fatal += 1) {
        const crash = (_: unknown, write: number) =>
          write === fatal ? { kind: 'Crash' as const, answered: fatal % 2 === 0 } : undefined;
        const disturbed = await deploy(shapeOf(kind), { faults: crash });
        await grow(disturbed, kind, name, spec);
        assertSame(disturbed.world, final);
      }
    });
  }
});

async function grow(
  { world, operator }: Awaited<ReturnType<typeof deploy>>,
  kind: Kind,
  name: string,
  spec: object,
): Promise<void> {
  const uids = () => world.server.list(pods).map(({ metadata }) => metadata.uid);
  const before = uids();
  world.put(kind, name, spec);
  await converge(world, operator);
  assert.deepEqual(uids(), before);
  assertReady(world);
}
