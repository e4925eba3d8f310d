/** The operator as a victim. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { operatorNamespace } from '../../../hack/install.ts';
import { leases, type Pod, pods, type Ref } from '../../../operators/kube/resource.ts';
import { type Place, until } from './place.ts';

async function leader({ api, signal }: Place): Promise<string> {
  const lease = await api.read(leases, { namespace: operatorNamespace, name: 'stateward' }, { signal });
  return lease?.spec?.holderIdentity ?? '';
}

/** The pod that leads is told to stop and has no time for it. Answers who leads afterwards. */
export async function deleteLeader(place: Place): Promise<string> {
  const before = await until(place, async () => {
    const holder = await leader(place);
    assert.notEqual(holder, '');
    return holder;
  });
  const [pod = ''] = before.split('_');
  const now = ['--force', '--grace-period=0', '--ignore-not-found'];
  await place.tools.kubectl(['delete', 'pod', pod, '-n', operatorNamespace, ...now]);
  return until(place, async () => {
    const holder = await leader(place);
    assert.ok(holder !== '' && holder !== before, `${before} still leads`);
    return holder;
  });
}

const lease = { namespace: operatorNamespace, name: 'stateward' };
const chart = fileURLToPath(new URL('../../../charts/stateward', import.meta.url));

/** With so many operators for as long as `work` takes, whoever is killed has a successor whose cache is warm. */
export async function withOperators(place: Place, replicas: number, work: () => Promise<void>): Promise<void> {
  await scaleOperators(place, replicas);
  try {
    await work();
  } finally {
    await scaleOperators(place, 2);
  }
}

/** By the chart: it would not take the number back from anybody else. */
async function scaleOperators({ tools }: Place, replicas: number): Promise<void> {
  const release = ['upgrade', 'stateward', chart, '--namespace', operatorNamespace, '--reuse-values'];
  await tools.helm([...release, '--set', `replicas=${replicas}`, '--wait', '--timeout', '120s'], {
    timeoutMs: 180_000,
  });
}

/**
 * The process that leads ends between two instructions; one whose pod is deleted is told to stop, and hands over. Nobody
 * has to wait until its lease has run out: it is freed, as time would do it. Answers who leads afterwards.
 */
export async function crashLeader(place: Place): Promise<string> {
  const { api, signal } = place;
  const { holder, ref, uid } = await until(place, () => endLeader(place), { everyMs: 100 });
  // A container that crashes again and again is started ever later; the container of a new pod is not.
  const preconditions = { uid };
  await api.remove(pods, ref, { preconditions, propagation: 'Background', gracePeriodSeconds: 0, signal });
  await until(place, () => freeLease(place, holder), { everyMs: 100 });
  return untilLed(place, holder);
}

/** One that has just ended by itself is no victim: it starts again, or another one leads. */
async function endLeader(place: Place): Promise<{ holder: string; ref: Ref; uid: string }> {
  const holder = await leader(place);
  const [name = ''] = holder.split('_');
  assert.notEqual(name, '', 'nobody leads');
  const ref = { namespace: operatorNamespace, name };
  const pod = await place.api.read(pods, ref, { signal: place.signal });
  assert.ok(pod?.metadata.uid, `${name} leads and is not there`);
  await endContainers(place, pod);
  return { holder, ref, uid: pod.metadata.uid };
}

async function freeLease({ api, signal }: Place, holder: string): Promise<void> {
  const held = await api.read(leases, lease, { signal });
  if (held?.spec?.holderIdentity !== holder) return;
  await api.update(leases, { ...held, spec: { ...held.spec, holderIdentity: '' } }, { signal });
}

function untilLed(place: Place, notBy: string): Promise<string> {
  const look = async () => {
    const holder = await leader(place);
    assert.ok(holder !== '' && holder !== notBy, `'${holder}' leads`);
    return holder;
  };
  return until(place, look, { everyMs: 100 });
}

/** Told by the host: from inside a container nobody ends its first process so. */
async function endContainers(place: Place, { metadata, status }: Pod): Promise<void> {
  const ids = status?.containerStatuses?.flatMap(({ containerID }) => containerID?.split('//').slice(1) ?? []) ?? [];
  const found = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && ids.some((id) => isIn(pid, id)));
  assert.ok(found.length > 0, `${metadata.name} runs nothing`);
  for (const pid of found) process.kill(Number(pid), 'SIGKILL');
  const isLeft = (pid: string) => ids.some((id) => isIn(pid, id));
  await until(place, () => assert.deepEqual(found.filter(isLeft), []), { everyMs: 20 });
}

function isIn(pid: string, container: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(container);
  } catch {
    return false; // it has ended
  }
}
