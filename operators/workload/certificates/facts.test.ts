import assert from 'node:assert/strict';
import { createAuthority, issueLeaf } from '../../tls/issue.ts';
import { serviceOf } from '../testing/services.ts';
import { certificateFacts, wantedLeaves } from './facts.ts';
import { fingerprintOf } from './handshakes.ts';
import { authoritySecret, groupSecret } from './secrets.ts';

const validity = { notBefore: new Date(Date.now() - 3_600_000), notAfter: new Date(Date.now() + 3_600_000) };

describe('what members are to present', () => {
  it('is said by the Secrets of the service, and by none that only has its labels', async () => {
    const signer = await createAuthority('demo.ns', validity);
    const about = { name: 'demo-kafka-0', dnsNames: [], addresses: [], validity };
    const leaf = () => issueLeaf({ ...about, role: 'stateward:member' as const }, signer);
    const [own, other] = [await leaf(), await leaf()];
    const service = serviceOf();
    const of = (name: string, pair: typeof own) =>
      groupSecret(service, name, new Map([[about.name, pair]]), { signer });
    const strange = of('strange', other);
    const unowned = { ...strange, metadata: { ...strange.metadata, ownerReferences: [] } };
    const secrets = [authoritySecret(service, { signer }), of('demo-kafka-tls', own), unowned];
    const found = certificateFacts({ service, secrets });
    assert.ok(found);
    assert.deepEqual([...wantedLeaves(found)], [[about.name, fingerprintOf(own.certificate)]]);
  });
});
