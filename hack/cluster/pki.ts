/** The certificate authority of a cluster and the identities that it signs; new at each start. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../run.ts';
import { type Cluster, nodesOf, type Work } from './layout.ts';

interface Identity {
  file: string;
  user: string;
  group?: string;
  /** Serving names: `DNS:…` and `IP:…`. */
  names?: readonly string[];
}

const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '3650'];

export function pkiFolder(cluster: { folder: string }): string {
  return join(cluster.folder, 'pki');
}

function apiServerNames(cluster: Cluster): string[] {
  const service = ['', '.default', '.default.svc', '.default.svc.cluster.local'].map((end) => `DNS:kubernetes${end}`);
  const { host, apiService } = cluster.addresses;
  return [...service, 'DNS:localhost', `IP:${host}`, `IP:${apiService}`, 'IP:127.0.0.1'];
}

export function identitiesOf(cluster: Cluster): Identity[] {
  return [
    { file: 'apiserver', user: 'kube-apiserver', names: apiServerNames(cluster) },
    { file: 'apiserver-kubelet', user: 'kube-apiserver-kubelet', group: 'system:masters' },
    { file: 'admin', user: 'stateward-admin', group: 'system:masters' },
    { file: 'controller-manager', user: 'system:kube-controller-manager' },
    { file: 'scheduler', user: 'system:kube-scheduler' },
    { file: 'proxy', user: 'system:kube-proxy' },
    ...nodesOf(cluster).map(({ shape: { name }, address }) => ({
      file: `kubelet-${name}`,
      user: `system:node:${name}`,
      group: 'system:nodes',
      names: [`DNS:${name}`, `IP:${address}`],
    })),
  ];
}

export function signArguments(folder: string, identity: Identity): string[] {
  const subject = `${identity.group === undefined ? '' : `/O=${identity.group}`}/CN=${identity.user}`;
  const names = identity.names === undefined ? [] : ['-addext', `subjectAltName=${identity.names.join()}`];
  const usage = ['-addext', 'extendedKeyUsage=clientAuth,serverAuth', '-addext', 'basicConstraints=CA:FALSE'];
  const authority = ['-CA', join(folder, 'ca.crt'), '-CAkey', join(folder, 'ca.key')];
  const files = ['-keyout', join(folder, `${identity.file}.key`), '-out', join(folder, `${identity.file}.crt`)];
  const config = ['-config', join(folder, 'openssl.cnf')];
  return ['req', '-x509', ...config, ...curve, ...authority, '-subj', subject, ...names, ...usage, ...files];
}

async function makeAuthority(folder: string, work: Work): Promise<void> {
  const files = ['-keyout', join(folder, 'ca.key'), '-out', join(folder, 'ca.crt')];
  const extensions = ['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=keyCertSign,cRLSign'];
  const config = ['-config', join(folder, 'openssl.cnf')];
  await run('openssl', ['req', '-x509', ...config, ...curve, '-subj', '/CN=stateward', ...extensions, ...files], work);
}

export async function makePki(cluster: Cluster, work: Work): Promise<void> {
  const folder = pkiFolder(cluster);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'openssl.cnf'), '[req]\ndistinguished_name = name\n[name]\n');
  await makeAuthority(folder, work);
  const key = ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', join(folder, 'service-account.key')];
  const signed = identitiesOf(cluster).map((identity) => run('openssl', signArguments(folder, identity), work));
  await Promise.all([run('openssl', key, work), ...signed]);
}

/** A kubeconfig that carries its credentials, so that it can be copied anywhere. */
export function kubeconfig(cluster: Cluster, identity: string): string {
  const data = (file: string) => readFileSync(join(pkiFolder(cluster), file)).toString('base64');
  const server = `https://${cluster.addresses.host}:6443`;
  const context = { cluster: cluster.name, user: identity };
  return JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: cluster.name, cluster: { server, 'certificate-authority-data': data('ca.crt') } }],
      users: [
        {
          name: identity,
          user: { 'client-certificate-data': data(`${identity}.crt`), 'client-key-data': data(`${identity}.key`) },
        },
      ],
      contexts: [{ name: cluster.name, context }],
      'current-context': cluster.name,
    },
    undefined,
    2,
  );
}
