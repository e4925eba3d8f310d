/** Members whose certificates have ended: as an operator finds them that was away for too long. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { operatorNamespace } from '../../../hack/install.ts';
import { type Pod, secrets } from '../../../operators/kube/resource.ts';
import { readCertificate } from '../../../operators/tls/certificate.ts';
import { issuer, type KeyPair } from '../../../operators/tls/issue.ts';
import { fingerprintOf } from '../../../operators/workload/certificates/handshakes.ts';
import { bundleOf, groupFilesOf, leafKey, whole } from '../../../operators/workload/certificates/secrets.ts';
import { authorityOf, type Certified } from './authorities.ts';
import { type Place, until } from './place.ts';
import { podsOf, serviceLabel } from './pods.ts';
import { applySecret, read } from './services.ts';

const hour = 3_600_000;
const timeoutMs = 5_000;

/**
 * Puts certificates that ended an hour ago into a Secret of members; resolves once all present them, and the operator may
 * write the Secret again: it would put that right before a kubelet has read it.
 *
 * @param port - where members let in clients
 */
export async function presentEnded(place: Place, service: Certified, secret: string, port: number): Promise<void> {
  const record = await authorityOf(place, service);
  const authority = record && whole(record.signer);
  assert.ok(authority);
  const { leaves } = groupFilesOf(await read(place, secrets, secret));
  const ended = new Map<string, KeyPair>();
  for (const [pod, { certificate = '' }] of leaves) ended.set(pod, await endedLike(certificate, authority));
  const files = [...ended].map(([pod, { key, certificate }]) => [leafKey(pod), bundleOf([key, certificate])]);
  await withheld(place, secret, async () => {
    await applySecret(place, secret, Object.fromEntries(files));
    await until(place, async () => {
      await wakeKubelets(place, service);
      for (const pod of await podsOf(place, service.name)) {
        const { name } = pod.metadata;
        assert.equal(await presentedAt(pod, port), fingerprintOf(ended.get(name)?.certificate ?? ''), name);
      }
    });
  });
}

const operator = `system:serviceaccount:${operatorNamespace}:stateward`;

/** Meanwhile the operator cannot write this Secret; for the services of other tests it goes on. */
async function withheld(place: Place, secret: string, work: () => Promise<void>): Promise<void> {
  const { tools, namespace } = place;
  const name = `${namespace}-${secret}`;
  const objects = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: denial(name, namespace, secret) });
  await tools.kubectl(['apply', '-f', '-'], { input: objects });
  try {
    const patch = ['patch', 'secret', secret, '-n', namespace, '-p', '{"metadata":{"labels":{"test":"withheld"}}}'];
    const asOperator = [...patch, '--dry-run=server', `--as=${operator}`];
    await until(place, () => assert.rejects(tools.kubectl(asOperator), /ValidatingAdmissionPolicy/));
    await work();
  } finally {
    await tools.kubectl(['delete', '-f', '-'], { input: objects });
  }
}

function denial(name: string, namespace: string, secret: string): object[] {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['secrets'] };
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': namespace } };
  const expression = `request.userInfo.username != '${operator}' || request.name != '${secret}'`;
  const matchConstraints = { namespaceSelector, resourceRules: [rule] };
  const validations = [{ expression, message: 'withheld by a test' }];
  return [
    {
      ...{ apiVersion, kind: 'ValidatingAdmissionPolicy', metadata: { name } },
      spec: { failurePolicy: 'Fail', matchConstraints, validations },
    },
    {
      ...{ apiVersion, kind: 'ValidatingAdmissionPolicyBinding', metadata: { name } },
      spec: { policyName: name, validationActions: ['Deny'] },
    },
  ];
}

function endedLike(certificate: string, authority: KeyPair): Promise<KeyPair> {
  const read = readCertificate(certificate);
  assert.ok(read.ok);
  const { commonName: name, dnsNames, addresses } = read.value;
  const validity = { notBefore: new Date(Date.now() - 2 * hour), notAfter: new Date(Date.now() - hour) };
  return issuer.issueLeaf({ name, role: 'stateward:member', dnsNames, addresses, validity }, authority);
}

/** By a change of the pod, they look for what its volumes are to hold. */
async function wakeKubelets({ tools, namespace }: Place, { name }: Certified): Promise<void> {
  const pods = ['pods', '-l', `${serviceLabel}=${name}`, '-n', namespace];
  await tools.kubectl(['annotate', ...pods, '--overwrite', `test.stateward.dev/woken=${Date.now()}`]);
}

/** SHA-256 of what a member shows to whoever comes, whether or not that is to be trusted. */
async function presentedAt({ status }: Pod, port: number): Promise<string | undefined> {
  const socket = connect({ host: status?.podIP, port, rejectUnauthorized: false });
  socket.on('error', () => {});
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(timeoutMs) });
    return fingerprintOf(socket.getPeerX509Certificate()?.toString() ?? '');
  } finally {
    socket.destroy();
  }
}
