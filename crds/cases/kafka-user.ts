import type { Case } from './case.ts';

const from = (host: string) => ({
  cluster: 'demo',
  acls: [{ resource: { type: 'Topic', name: 'orders' }, operations: ['Read'], host }],
});
const oneAddress = 'must be one IP address, or *: Kafka knows no ranges';

export const userCases: Case[] = [
  ...['10.0.0.0/8', '10.0.0', '010.0.0.1', '::ffff:10.0.0.1', 'fe80::1%eth0', 'localhost', '**'].map((host) => ({
    name: `a rule for clients from ${host}`,
    spec: from(host),
    path: 'spec.acls[0].host',
    message: oneAddress,
  })),
  {
    name: 'a password beside a certificate',
    spec: { cluster: 'demo', authentication: { type: 'Tls', passwordFrom: { name: 'mine' } } },
    path: 'spec.authentication.passwordFrom',
    message: 'only a user of type ScramSha512 has a password: remove it, or change the type',
  },
  {
    name: 'an unknown authentication',
    spec: { cluster: 'demo', authentication: { type: 'Kerberos' } },
    path: 'spec.authentication.type',
    message: 'must be one of ScramSha512, Tls, OAuth',
    server: 'Unsupported value: "Kerberos"',
  },
];
