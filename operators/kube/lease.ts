/**
 * Leader election on a Lease. Two leaders can overlap: a process that is suspended past its deadline acts once more
 * before it notices. So every act that destroys something is fenced by uid and resourceVersion besides.
 */
import { ApiError, type KubeApi } from './api.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import { type Lease, leases, type Ref } from './resource.ts';
import { microTime } from './time.ts';

export interface ElectOptions {
  api: KubeApi;
  ref: Ref;
  /** Different for every process, e.g. the pod's name and a random part. */
  identity: string;
  clock: Clock;
  log: Log;
  /** Ends leadership in order: the work is told to stop, the lease is kept until it has stopped, then released. */
  signal: AbortSignal;
  /** The work of a leader. Its signal is aborted when leadership ends, for whatever reason. */
  onLeading: (signal: AbortSignal) => Promise<void>;
}

/** `lost`: another process may lead already, so this one should exit at once. */
export type Election = 'released' | 'lost';

const LEASE_S = 15;
const RENEW_DEADLINE_MS = 10_000;
const RETRY_MS = 2_000;
const TIMEOUT_MS = 5_000;

export async function elect(options: ElectOptions): Promise<Election> {
  const candidate = new Candidate(options);
  if (!(await candidate.acquire())) return 'released';
  return candidate.lead();
}

class Candidate {
  readonly #options: ElectOptions;
  /** The lease as last read or written. */
  #lease: Lease | undefined;
  /** When the holder's last sign of life was seen here: clocks of different machines are not compared. */
  #silence: Countdown | undefined;

  constructor(options: ElectOptions) {
    this.#options = options;
  }

  /** False when the signal ended the wait. */
  async acquire(): Promise<boolean> {
    const { clock, log, signal, identity } = this.#options;
    try {
      for (;;) {
        signal.throwIfAborted();
        if (await this.#tryToLead(signal)) {
          log.info('leading', { identity });
          return true;
        }
        await clock.sleep(RETRY_MS, signal);
      }
    } catch (error) {
      if (signal.aborted) return false;
      throw error;
    } finally {
      this.#silence?.stop();
    }
  }

  async lead(): Promise<Election> {
    const { signal, onLeading } = this.#options;
    const leading = new AbortController();
    const renewing = new AbortController();
    const stop = () => leading.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const lost = this.#renewUntilLost(renewing.signal).then((isLost) => {
      if (isLost) leading.abort(new Error('The leader lease was lost'));
      return isLost;
    });
    try {
      // A lost lease does not wait for work that hangs.
      await Promise.race([onLeading(leading.signal), lost]);
    } finally {
      signal.removeEventListener('abort', stop);
      renewing.abort();
      if (!(await lost)) await this.#release();
    }
    return (await lost) ? 'lost' : 'released';
  }

  async #tryToLead(signal: AbortSignal): Promise<boolean> {
    try {
      const { api, ref } = this.#options;
      const lease = await api.read(leases, ref, { signal, timeoutMs: TIMEOUT_MS });
      this.#observe(lease);
      if (!this.#isFree(lease)) return false;
      this.#lease = await this.#take(lease, signal);
      return true;
    } catch (error) {
      signal.throwIfAborted();
      const isRace = error instanceof ApiError && error.isConflict;
      if (!isRace) this.#options.log.warn('cannot reach for leadership', { error });
      return false;
    }
  }

  /** Every write to the lease starts the holder's time anew, whatever times it carries. */
  #observe(lease: Lease | undefined): void {
    const isNew = lease?.metadata.resourceVersion !== this.#lease?.metadata.resourceVersion;
    this.#lease = lease;
    if (!isNew) return;
    this.#silence?.stop();
    const seconds = lease?.spec?.leaseDurationSeconds ?? LEASE_S;
    this.#silence = new Countdown(this.#options.clock, seconds * 1000);
  }

  #isFree(lease: Lease | undefined): boolean {
    const holder = lease?.spec?.holderIdentity ?? '';
    return holder === '' || holder === this.#options.identity || this.#silence?.isOver === true;
  }

  #take(lease: Lease | undefined, signal: AbortSignal): Promise<Lease> {
    const { api, ref, identity, clock } = this.#options;
    const now = microTime(clock.now());
    const before = lease?.spec;
    const isSame = before?.holderIdentity === identity;
    const spec = {
      ...before,
      holderIdentity: identity,
      leaseDurationSeconds: LEASE_S,
      acquireTime: isSame ? (before.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: (before?.leaseTransitions ?? 0) + (lease === undefined || isSame ? 0 : 1),
    };
    const options = { signal, timeoutMs: TIMEOUT_MS };
    if (lease !== undefined) return api.update(leases, { ...lease, spec }, options);
    return api.create(leases, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: ref, spec }, options);
  }

  /** True when the lease is lost, false when told to stop. */
  async #renewUntilLost(signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#options;
    let deadline = new Countdown(clock, RENEW_DEADLINE_MS);
    try {
      while (!signal.aborted) {
        await clock.sleep(RETRY_MS, AbortSignal.any([signal, deadline.signal]));
        const renewal = await this.#renew(AbortSignal.any([signal, deadline.signal]));
        if (renewal === 'taken') return true;
        if (renewal === 'failed') continue;
        deadline.stop();
        deadline = new Countdown(clock, RENEW_DEADLINE_MS);
      }
      return false;
    } catch {
      return !signal.aborted;
    } finally {
      deadline.stop();
    }
  }

  async #renew(signal: AbortSignal): Promise<'renewed' | 'taken' | 'failed'> {
    try {
      this.#lease = await this.#take(this.#lease, signal);
      return 'renewed';
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ApiError && error.isConflict) return this.#afterConflict(signal);
      this.#options.log.warn('cannot renew the leader lease', { error });
      return 'failed';
    }
  }

  /** A renewal whose answer was lost, or an edit by hand, is no loss; another holder is. */
  async #afterConflict(signal: AbortSignal): Promise<'taken' | 'failed'> {
    try {
      const { api, ref, identity } = this.#options;
      const lease = await api.read(leases, ref, { signal, timeoutMs: TIMEOUT_MS });
      if (lease !== undefined && lease.spec?.holderIdentity !== identity) return 'taken';
      this.#lease = lease;
      return 'failed';
    } catch {
      signal.throwIfAborted();
      return 'failed';
    }
  }

  /** Lets the next leader start at once instead of waiting for the lease to run out. */
  async #release(): Promise<void> {
    const { api, clock, log } = this.#options;
    const lease = this.#lease;
    if (lease === undefined) return;
    const now = microTime(clock.now());
    const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, acquireTime: now, renewTime: now };
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      await api.update(leases, { ...lease, spec }, { signal, timeoutMs: TIMEOUT_MS });
    } catch (error) {
      log.warn('the leader lease was not released', { error });
    }
  }
}

/** Runs on timers alone: a clock that is set forward or back does not change it. */
class Countdown {
  readonly #over = new AbortController();
  readonly #stopped = new AbortController();

  constructor(clock: Clock, ms: number) {
    clock.sleep(ms, this.#stopped.signal).then(
      () => this.#over.abort(new Error(`${ms} ms are over`)),
      () => {},
    );
  }

  get isOver(): boolean {
    return this.#over.signal.aborted;
  }

  get signal(): AbortSignal {
    return this.#over.signal;
  }

  stop(): void {
    this.#stopped.abort();
  }
}
