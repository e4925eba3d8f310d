import type { Case } from './case.ts';

export const userCases: Case[] = [
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
