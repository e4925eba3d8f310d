/** A table of specs that cannot be followed, tried on a service that never ran and on one that does. */
import assert from 'node:assert/strict';
import type { BadSpec } from '../../../crds/cases/index.ts';
import { ApiError } from '../../../operators/kube/api.ts';
import type { Resource } from '../../../operators/kube/resource.ts';
import { assertStalled, conditionOf, type Service } from '../../lib/services.ts';
import type { Place } from './place.ts';
import { identities } from './pods.ts';
import { apply, untilReady, untilService } from './services.ts';

export interface Wrong {
  what: string;
  spec: object;
  /** Of the Stalled condition of a service that never ran. */
  reason: string;
  words: RegExp;
  /** Found before any object is applied; else the member that goes first meets it. */
  beforehand: boolean;
}

export interface Trial<T extends Service> {
  resource: Resource<T>;
  name: string;
  good: object;
  wrong: Wrong[];
}

/** What cannot be is soon found out, also by a process that has to start for it. */
const verdictMs = 180_000;

/** Each wrong spec supersedes the one before it; the last one is right, and then the service must come up. */
export function corrected<T extends Service>({ resource, name, good, wrong }: Trial<T>, at: () => Place): void {
  for (const { what, spec, reason, words } of wrong) {
    it(`says what is wrong with ${what}`, async () => {
      await apply(at(), resource, name, spec);
      const stalled = (seen: T) => assertStalled(seen, reason, words);
      const service = await untilService(at(), resource, name, stalled, { timeoutMs: verdictMs });
      assert.equal(conditionOf(service, 'Ready')?.status, 'False');
    });
  }

  it('goes on to Ready with a corrected spec, although all of these came first', async () => {
    await apply(at(), resource, name, good);
    await untilReady(at(), resource, name);
  });
}

/** The same table again, on a service that runs: it is told beforehand, or by the one member that goes first. */
export function unharmed<T extends Service>({ resource, name, good, wrong }: Trial<T>, at: () => Place): void {
  for (const { what, spec, reason, words, beforehand } of wrong) {
    it(beforehand ? `touches nothing that runs for ${what}` : `takes one member at most for ${what}`, async () => {
      const before = await identities(at(), name);
      await apply(at(), resource, name, spec);
      const stalled = (seen: T) => assertStalled(seen, reason, words);
      await untilService(at(), resource, name, stalled, { timeoutMs: verdictMs });
      const after = await identities(at(), name);
      const changed = Object.keys(before).filter((pod) => before[pod] !== after[pod]);
      assert.ok(changed.length <= (beforehand ? 0 : 1), `changed: ${changed.join(', ')}`);
    });
  }

  it('is at rest again with the spec that it ran with', async () => {
    await apply(at(), resource, name, good);
    await untilService(at(), resource, name, (seen) => {
      assert.deepEqual(
        seen.status?.conditions?.map(({ type, status }) => `${type} ${status}`),
        ['Ready True'],
      );
      assert.equal(seen.status.observedGeneration, seen.metadata.generation);
    });
  });
}

/** The kinds as the chart installs them. */
export function refused<T extends Service>(resource: Resource<T>, cases: readonly BadSpec[], at: () => Place): void {
  for (const { name, spec, server, message } of cases) {
    it(`is refused with ${name}`, async () => {
      const metadata = { name: 'nonsense', namespace: at().namespace };
      const object = { apiVersion: 'stateward.dev/v1alpha1', kind: resource.kind, metadata, spec };
      const options = { manager: 'user', dryRun: true, signal: at().signal };
      await assert.rejects(at().api.apply<Service>(resource, object, options), (error) => {
        assert.ok(error instanceof ApiError, String(error));
        assert.ok(error.message.includes(server ?? message), error.message);
        return true;
      });
    });
  }
}
