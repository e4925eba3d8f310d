import type { Case } from './case.ts';
import { grant, role } from './specs.ts';

export const roleCases: Case[] = [
  {
    name: 'a name with a quote',
    spec: role({ name: "o'neil" }),
    path: 'spec.name',
    message: 'must be letters, digits, ".", "_", "@" and "-", and begin with a letter or a digit',
    server: 'should match',
  },
  {
    name: 'a permission that no table knows',
    spec: grant({ keyspace: 'shop' }, 'Execute'),
    path: 'spec.grants[0].permissions[0]',
    message: 'must be one of Alter, Authorize, Create, Drop, Modify, Select, SelectMasked, Unmask',
    server: 'Unsupported value: "Execute"',
  },
  {
    name: 'something that is created in a table',
    spec: grant({ keyspace: 'shop', table: 'orders' }, 'Create'),
    path: 'spec.grants[0].permissions',
    message: 'Create is for a keyspace: nothing is created in a table',
  },
  {
    name: 'a table of every keyspace',
    spec: grant({ keyspace: '*', table: 'orders' }, 'Select'),
    path: 'spec.grants[0].resource.table',
    message: 'a table is one of a keyspace: name it, or leave table out',
  },
  {
    name: 'a password of somebody who cannot log in',
    spec: role({ login: false, passwordFrom: { name: 'given' } }),
    path: 'spec.passwordFrom',
    message: 'a role that cannot log in has no password: leave passwordFrom out, or set login',
  },
  {
    name: 'turns of certificates',
    spec: role({ rotation: { type: 'Turns' }, identities: ['spiffe://example.com/shop'] }),
    path: 'spec.rotation',
    message: 'Turns is for roles that log in by password: set login, and leave identities out',
  },
  {
    name: 'a given password that is to be made anew',
    spec: role({ passwordFrom: { name: 'given' }, rotation: { every: '24h' } }),
    path: 'spec.rotation',
    message: 'only a password that is made up can be made anew: leave rotation.every out',
  },
];
