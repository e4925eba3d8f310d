/** Members that say nothing, fail, are slow or say what is not so in the middle of a roll: what is unknown is not safe. */
import assert from 'node:assert/strict';
import type { CassandraAdmin, MemberWord } from '../../operators/cassandra/admin/admin.ts';
import type { ClusterView, KafkaAdmin, Partition } from '../../operators/kafka/admin/admin.ts';
import { pods } from '../../operators/kube/resource.ts';
import { assertReady, converge, statusLine, turn, turns } from './operator/converge.ts';
import { type Deployed, deploy } from './operator/deploy.ts';
import type { Call, Fault, FaultPlan } from './operator/faults.ts';
import { assertRestarted, deployments, outdated, restarts, watchDown } from './operator/roll.ts';
import { cassandraRoll, kafkaRoll, type Roll } from './shapes.ts';
import type { World } from './world/world.ts';

const refused: Fault = { kind: 'Refused', error: new Error('the member does not answer in time') };
/** Longer than a whole roll takes. */
const long = 60;

interface Scene extends Deployed {
  down: { readonly most: number };
  /** From now on, or no more. */
  disturb: (faults: FaultPlan | undefined) => void;
}

async function scene({ shape }: Roll): Promise<Scene> {
  let faults: FaultPlan | undefined;
  const { world, operator } = await deploy(shape, { faults: (call, write) => faults?.(call, write) });
  const disturb = (next: FaultPlan | undefined): void => {
    faults = next;
  };
  return { world, operator, down: watchDown(world), disturb };
}

function touched(world: World): number {
  return Object.values(restarts(world)).reduce((sum, count) => sum + count, 0);
}

async function untilTouched(count: number, { world, operator }: Scene): Promise<void> {
  for (let round = 0; round < 100 && touched(world) < count; round += 1) await turn(world, operator);
  assert.equal(touched(world), count, statusLine(world));
}

async function end({ world, operator, down }: Scene): Promise<void> {
  await converge(world, operator);
  assert.deepEqual(world.violations, []);
  assertRestarted(world, down);
}

function failing(what: RegExp): FaultPlan {
  return (call: Call) => (call.at === 'Service' && what.test(call.what) ? refused : undefined);
}

interface Silence {
  each: Roll;
  what: string;
  calls: RegExp;
}

const silences: Silence[] = [
  { each: kafkaRoll, what: 'nobody answers', calls: /./ },
  { each: kafkaRoll, what: 'nobody tells of partitions', calls: /partitions/ },
  { each: cassandraRoll, what: 'nobody answers', calls: /./ },
  { each: cassandraRoll, what: 'nobody tells of keyspaces', calls: /keyspaces/ },
];

describe('a roll among silent members', () => {
  for (const { each, what, calls } of silences) {
    it(`${each.name}: while ${what} nobody goes down, and then it goes on`, async () => {
      const here = await scene(each);
      here.disturb(failing(calls));
      each.change(here.world);
      await turns(long, here.world, here.operator);
      assert.equal(touched(here.world), 0, statusLine(here.world));
      here.disturb(undefined);
      await untilTouched(1, here);
      here.disturb(failing(calls));
      await turns(long, here.world, here.operator);
      assert.equal(touched(here.world), 1, statusLine(here.world));
      here.disturb(undefined);
      await end(here);
    });
  }

  for (const each of [kafkaRoll, cassandraRoll]) {
    it(`${each.name}: who is slow is waited for`, async () => {
      const here = await scene(each);
      here.disturb((call) => {
        if (call.at === 'Service') here.world.pass(700);
        return undefined;
      });
      each.change(here.world);
      await end(here);
    });

    for (const seed of [3, 5, 8]) {
      it(`${each.name}: any third question fails (${seed})`, async () => {
        const here = await scene(each);
        let noise = seed;
        here.disturb((call) => {
          noise = (noise * 16_807) % 2_147_483_647;
          return call.at === 'Service' && noise % 3 === 0 ? refused : undefined;
        });
        each.change(here.world);
        await turns(2 * long, here.world, here.operator);
        assert.deepEqual(here.world.violations, []);
        here.disturb(undefined);
        await end(here);
      });
    }
  }
});

describe('a member that goes down between the plan and the act', () => {
  for (const [each, other] of [
    [kafkaRoll, 'demo-kafka-2'],
    [cassandraRoll, 'ring-r1-2'],
  ] as const) {
    it(`${each.name}: nobody goes down beside it`, async () => {
      const here = await scene(each);
      const { world } = here;
      let shown = 0;
      here.disturb((call) => {
        // The second status after the change says who restarts; the answer is the last that the operator hears of it.
        if (/apply (Kafka|Cassandra)Cluster .* status/.test(call.what)) shown += 1;
        if (shown !== 2) return undefined;
        shown += 1;
        world.drop(pods, other);
        for (let step = 0; step < 2; step += 1) world.step();
        return undefined;
      });
      each.change(world);
      await converge(world, here.operator);
      assert.equal(shown > 2, true);
      assertReady(world);
      assert.equal(here.down.most, 1);
      assert.deepEqual(outdated(world), []);
    });
  }
});

describe('a service at rest', () => {
  for (const each of [kafkaRoll, cassandraRoll]) {
    it(`${each.name}: a moment of silence is no deployment`, async () => {
      const here = await scene(each);
      for (let time = 0; time < 3; time += 1) {
        here.disturb(failing(/./));
        here.world.pass(30_000);
        await turns(3, here.world, here.operator);
        here.disturb(undefined);
        await converge(here.world, here.operator);
      }
      assert.deepEqual(deployments(here.world), ['Complete']);
    });
  }
});

/** From now on the admin lies; the answer ends it. */
type Lie = (world: World) => () => void;

function kafkaLie<Method extends 'describe' | 'partitions'>(
  method: Method,
  bend: (truth: Awaited<ReturnType<KafkaAdmin[Method]>>) => Awaited<ReturnType<KafkaAdmin[Method]>>,
): Lie {
  return ({ kafka }) => {
    const truth: KafkaAdmin[Method] = kafka.admin[method];
    const lie = async (...parts: Parameters<KafkaAdmin['describe']>) => bend((await truth(...parts)) as never);
    Object.assign(kafka.admin, { [method]: lie });
    return () => void Object.assign(kafka.admin, { [method]: truth });
  };
}

function cassandraLie(bend: (truth: MemberWord) => MemberWord): Lie {
  return ({ cassandra }) => {
    const { ask: truth } = cassandra.admin;
    cassandra.admin.ask = async (...parts: Parameters<CassandraAdmin['ask']>) => bend(await truth(...parts));
    return () => {
      cassandra.admin.ask = truth;
    };
  };
}

const quorum = (change: (view: ClusterView['quorum']) => Partial<ClusterView['quorum']>): Lie =>
  kafkaLie('describe', (view) => ({ ...view, quorum: { ...view.quorum, ...change(view.quorum) } }));

const partitions = (change: (one: Partition) => Partial<Partition>): Lie =>
  kafkaLie('partitions', (all) => all.map((one) => ({ ...one, ...change(one) })));

interface Untruth {
  each: Roll;
  what: string;
  lie: Lie;
  /** Seen only of a member that is back. */
  later?: true;
}

const untruths: Untruth[] = [
  { each: kafkaRoll, what: 'the quorum has no leader', lie: quorum(() => ({ leaderId: -1 })) },
  { each: kafkaRoll, what: 'a stranger leads the quorum', lie: quorum(() => ({ leaderId: 77 })) },
  {
    each: kafkaRoll,
    what: 'no voter is known to have caught up',
    lie: quorum(({ voters }) => ({ voters: voters.map((voter) => ({ ...voter, lastCaughtUp: -1n })) })),
  },
  {
    each: kafkaRoll,
    what: 'voters are behind',
    lie: quorum(({ voters, leaderId }) => ({
      voters: voters.map((voter) =>
        voter.nodeId === leaderId ? voter : { ...voter, lastCaughtUp: voter.lastCaughtUp - 60_000n },
      ),
    })),
  },
  { each: kafkaRoll, what: 'partitions have no leader', lie: partitions(() => ({ leader: -1 })) },
  {
    each: kafkaRoll,
    what: 'replicas are out of sync',
    lie: partitions(({ inSync }) => ({ inSync: inSync.slice(0, 2) })),
  },
  { each: kafkaRoll, what: 'all must be in sync', lie: partitions(({ inSync }) => ({ inSync: inSync.slice(0, 1) })) },
  {
    each: cassandraRoll,
    what: 'everybody leaves',
    lie: cassandraLie((word) => ({ ...word, operationMode: 'LEAVING' })),
  },
  { each: cassandraRoll, what: 'somebody joins', lie: cassandraLie((word) => ({ ...word, joining: ['10.9.9.9'] })) },
  { each: cassandraRoll, what: 'nobody knows the others', lie: cassandraLie((word) => ({ ...word, peers: [] })) },
  {
    each: cassandraRoll,
    what: 'the others are seen as down',
    lie: cassandraLie((word) => ({ ...word, peers: word.peers.map((peer) => ({ ...peer, alive: false })) })),
  },
  {
    each: cassandraRoll,
    what: 'everybody has another schema',
    lie: cassandraLie((word) => ({ ...word, schema: word.hostId })),
  },
  {
    each: cassandraRoll,
    what: 'nobody knows its schema',
    lie: cassandraLie((word) => ({ ...word, schema: undefined })),
  },
  {
    each: cassandraRoll,
    what: 'nobody says whether it keeps hints',
    lie: cassandraLie((word) => ({ ...word, hints: undefined })),
    later: true,
  },
  {
    each: cassandraRoll,
    what: 'the restart has not been seen',
    lie: cassandraLie((word) => ({ ...word, peers: word.peers.map((peer) => ({ ...peer, generation: 1 })) })),
    later: true,
  },
];

describe('a roll among members that say what is not so', () => {
  for (const { each, what, lie, later } of untruths) {
    it(`${each.name}: while they say that ${what} nobody goes down, and then it goes on`, async () => {
      const here = await scene(each);
      const before = later ? 1 : 0;
      if (later) each.change(here.world);
      if (later) await untilTouched(1, here);
      const stop = lie(here.world);
      if (!later) each.change(here.world);
      await turns(long, here.world, here.operator);
      assert.equal(touched(here.world), before, statusLine(here.world));
      stop();
      await end(here);
    });
  }
});
