/** The operator as a victim. */
import assert from 'node:assert/strict';
import { operatorNamespace } from '../../../hack/install.ts';
import { leases } from '../../../operators/kube/resource.ts';
import { type Place, until } from './place.ts';

async function leader({ api, signal }: Place): Promise<string> {
  const lease = await api.read(leases, { namespace: operatorNamespace, name: 'stateward' }, { signal });
  return lease?.spec?.holderIdentity ?? '';
}

/** The pod that leads is gone at once and hands nothing over. Answers who leads afterwards. */
export async function killLeader(place: Place): Promise<string> {
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
