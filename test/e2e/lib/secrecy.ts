/** What is in the Secrets of a scene is nowhere else: in no object, no event, no argument and no log. */
import assert from 'node:assert/strict';
import { operatorNamespace } from '../../../hack/install.ts';
import type { Tools } from '../../../hack/kubectl.ts';
import type { KubeApi } from '../../../operators/kube/api.ts';
import { createCache } from '../../../operators/kube/cache.ts';
import { systemClock } from '../../../operators/kube/clock.ts';
import { silentLog } from '../../../operators/kube/log.ts';
import { type KubeObject, secrets } from '../../../operators/kube/resource.ts';
import { leaksOf, type SecretPart, type Shown, secretParts } from '../../lib/leaks.ts';

export interface Secrecy {
  /** Rejects with what shows, and where. */
  check(): Promise<void>;
}

interface Watched {
  api: KubeApi;
  tools: Tools;
  namespace: string;
  signal: AbortSignal;
}

/** From now on: also the passwords that are replaced, and the keys. */
export function watchSecrecy({ api, tools, namespace, signal }: Watched): Secrecy {
  const since = new Date().toISOString();
  const parts = new Map<string, SecretPart>();
  const watches = [{ resource: secrets }];
  const base = { api, log: silentLog, clock: systemClock, random: Math.random };
  const cache = createCache({ ...base, namespaces: [namespace], watches });
  cache.onChange(secrets, ({ object }) => {
    for (const part of secretParts(object)) parts.set(part.forms.join(), part);
  });
  void cache.run(signal);
  const check = async () => {
    await cache.synced(signal);
    assert.deepEqual(leaksOf([...parts.values()], await everything(tools, namespace, since)), []);
  };
  return { check };
}

async function everything(tools: Tools, namespace: string, since: string): Promise<Shown[]> {
  const logs = ['logs', '--all-containers', '--tail=-1', '--max-log-requests=100', '--ignore-errors'];
  const ours = ['-n', namespace, '--selector=stateward.dev/kind'];
  const operators = ['-n', operatorNamespace, '--selector=app.kubernetes.io/name=stateward', `--since-time=${since}`];
  return [
    ...(await objects(tools, namespace)),
    { where: 'the logs of members', text: await tools.kubectl([...logs, ...ours]) },
    { where: 'the logs of the operators', text: await tools.kubectl([...logs, ...operators]) },
  ];
}

/** Everything that lives in the namespace, whoever made it, but Secrets. */
async function objects(tools: Tools, namespace: string): Promise<Shown[]> {
  const listed = await tools.kubectl(['api-resources', '--namespaced', '--verbs=list', '--cached', '-o', 'name']);
  const kinds = listed.split('\n').filter((kind) => kind !== '' && kind !== 'secrets');
  const found = await tools.kubectl(['get', kinds.join(), '-n', namespace, '-o', 'json']);
  const { items }: { items: KubeObject[] } = JSON.parse(found);
  return items.map((object) => ({
    where: `${object.kind} ${object.metadata.name}`,
    text: JSON.stringify(object),
  }));
}
