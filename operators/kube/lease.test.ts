import assert from 'node:assert/strict';
import { ApiError } from './api.ts';
import { type Election, elect } from './lease.ts';
import { silentLog } from './log.ts';
import { type Lease, leases } from './resource.ts';
import { FakeClock, settle } from './testing/fake-clock.ts';
import { MemoryApi } from './testing/memory-api.ts';

const ref = { namespace: 'n', name: 'stateward' };

interface Process {
  leads: boolean;
  result: Election | undefined;
  finished: Promise<void>;
  stop(): void;
  /** Lets the work of the leader end. */
  endWork(): void;
}

class World {
  readonly api = new MemoryApi();
  readonly clock = new FakeClock();

  start(identity: string, options: { hangs?: boolean; api?: MemoryApi } = {}): Process {
    const controller = new AbortController();
    const end = Promise.withResolvers<void>();
    const process: Process = {
      leads: false,
      result: undefined,
      finished: Promise.resolve(),
      stop: () => controller.abort(new Error('SIGTERM')),
      endWork: end.resolve,
    };
    const onLeading = async (signal: AbortSignal) => {
      process.leads = true;
      const stopped = new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      await (options.hangs === true ? end.promise : Promise.race([stopped, end.promise]));
      process.leads = false;
    };
    const { clock } = this;
    const api = options.api ?? this.api;
    process.finished = elect({ api, ref, identity, clock, log: silentLog, signal: controller.signal, onLeading }).then(
      (result) => {
        process.result = result;
      },
    );
    return process;
  }

  async lease(): Promise<Lease['spec']> {
    return (await this.api.read(leases, ref))?.spec;
  }
}

describe('lease', () => {
  it('makes one leader, who renews', async () => {
    const world = new World();
    const [a, b] = [world.start('a'), world.start('b')];
    await world.clock.advance(120_000);
    assert.deepEqual([a.leads, b.leads], [true, false]);
    const spec = await world.lease();
    assert.equal(spec?.holderIdentity, 'a');
    assert.match(spec?.renewTime ?? '', /T00:02:00\.000000Z$/);
    assert.match(spec?.acquireTime ?? '', /T00:00:00\.000000Z$/);
  });

  it('hands over at once when told to stop, but only after the work has stopped', async () => {
    const world = new World();
    const a = world.start('a', { hangs: true });
    await world.clock.advance(5000);
    const b = world.start('b');
    await world.clock.advance(5000);
    a.stop();
    await world.clock.advance(60_000);
    assert.equal(b.leads, false);
    a.endWork();
    await a.finished;
    await world.clock.advance(2000);
    assert.deepEqual([a.result, b.leads], ['released', true]);
    assert.equal((await world.lease())?.leaseTransitions, 1);
  });

  it('takes over from a leader that vanished, after its lease and not before', async () => {
    const world = new World();
    const metadata = { ...ref };
    const spec = { holderIdentity: 'dead', leaseDurationSeconds: 15, renewTime: '2099-01-01T00:00:00.000000Z' };
    await world.api.create(leases, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec });
    const b = world.start('b');
    await world.clock.advance(14_000);
    assert.equal(b.leads, false);
    await world.clock.advance(4000);
    assert.equal(b.leads, true);
  });

  it('reports the loss when it cannot renew in time, even if the work hangs', async () => {
    const world = new World();
    const a = world.start('a', { hangs: true });
    await world.clock.advance(4000);
    world.api.before = ({ verb, body }) => {
      const isRelease = JSON.stringify(body)?.includes('"holderIdentity":""');
      if (verb === 'update' && !isRelease) throw new ApiError(503, 'ServiceUnavailable', 'down');
    };
    await world.clock.advance(9000);
    assert.equal(a.result, undefined);
    await world.clock.advance(1100);
    assert.equal(a.result, 'lost');
    // Its work may still run: nobody may be invited to start.
    assert.equal((await world.lease())?.holderIdentity, 'a');
  });

  it('survives trouble that ends before the deadline', async () => {
    const world = new World();
    const a = world.start('a');
    await world.clock.advance(4000);
    world.api.before = () => {
      throw new ApiError(503, 'ServiceUnavailable', 'down');
    };
    await world.clock.advance(7000);
    world.api.before = () => {};
    await world.clock.advance(60_000);
    assert.equal(a.leads, true);
  });

  it('reports the loss at once when another holds the lease', async () => {
    const world = new World();
    const a = world.start('a');
    await world.clock.advance(1000);
    await world.api.patch(leases, ref, { spec: { holderIdentity: 'b' } });
    await world.clock.advance(2000);
    assert.deepEqual([a.result, a.leads], ['lost', false]);
    assert.equal((await world.lease())?.holderIdentity, 'b');
  });

  it('keeps leading when somebody only touched the lease', async () => {
    const world = new World();
    const a = world.start('a');
    await world.clock.advance(1000);
    await world.api.patch(leases, ref, { metadata: { labels: { touched: 'yes' } } });
    await world.clock.advance(30_000);
    assert.equal(a.leads, true);
  });

  it('does not care about clocks that are set', async () => {
    const world = new World();
    const [a, b] = [world.start('a'), world.start('b')];
    await world.clock.advance(5000);
    for (const hour of [3_600_000, -7_200_000]) {
      world.clock.jump(hour);
      await world.clock.advance(30_000);
      assert.deepEqual([a.leads, b.leads], [true, false]);
    }
  });

  it('never has two writers win the same version', async () => {
    const world = new World();
    const processes = ['a', 'b', 'c', 'd'].map((identity) => world.start(identity));
    await world.clock.advance(4000);
    assert.equal(processes.filter(({ leads }) => leads).length, 1);
  });

  it('stops waiting when told to', async () => {
    const world = new World();
    world.start('a');
    await world.clock.advance(1000);
    const b = world.start('b');
    await world.clock.advance(1000);
    b.stop();
    await settle();
    assert.equal(b.result, 'released');
  });

  it('releases and passes on a failure of the work', async () => {
    const { api, clock } = new World();
    const signal = new AbortController().signal;
    const onLeading = async () => {
      throw new Error('work failed');
    };
    await assert.rejects(elect({ api, ref, identity: 'a', clock, log: silentLog, signal, onLeading }), /work failed/);
    assert.equal((await api.read(leases, ref))?.spec?.holderIdentity, '');
  });
});
