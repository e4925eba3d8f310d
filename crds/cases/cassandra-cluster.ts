import type { Case } from './case.ts';
import { heapMessage, lives, oursMessage } from './specs.ts';

export const cassandraCases: Case[] = [
  {
    name: 'a CA that would end before clients have learned of the next',
    spec: lives({ renewBefore: '24h' }, { duration: '12h', renewBefore: '6h' }),
    path: 'spec.certificates.authority.renewBefore',
    message: 'renewBefore must be at least 72h, and at least 72h less than duration',
  },
  {
    name: 'certificates that would outlive their CA',
    spec: lives({}, { duration: '8760h' }),
    path: 'spec.certificates.members',
    message:
      'certificates of members would outlive the CA that has signed them: make members.duration no longer than authority.renewBefore',
  },
  {
    name: 'a life in days',
    spec: lives({}, { duration: '90d' }),
    path: 'spec.certificates.members.duration',
    message: 'must be a duration such as 90s, 30m or 4h',
    server: 'should match',
  },
  {
    name: 'a rack without a member',
    spec: { replicas: 2, racks: [{ name: 'r1' }, { name: 'r2' }, { name: 'r3' }] },
    path: 'spec.replicas',
    message: 'every rack needs at least one member: raise replicas or name fewer racks',
  },
  {
    name: 'a heap over the default memory limit',
    spec: { jvm: { heap: '8Gi' } },
    path: 'spec.jvm',
    message: heapMessage,
  },
  {
    name: 'a datacenter with a space',
    spec: { datacenter: 'dc 1' },
    path: 'spec.datacenter',
    message: 'must be letters, digits, "-" and "_", and begin with a letter',
    server: 'should match',
  },
  {
    name: 'a configuration that is no object',
    spec: { config: 'num_tokens: 16' },
    path: 'spec.config',
    message: 'must be an object',
    server: 'expected map, got',
  },
  {
    name: 'a label of ours',
    spec: { podMetadata: { labels: { 'stateward.dev/service': 'other' } } },
    path: 'spec.podMetadata.labels',
    message: oursMessage,
  },
  {
    name: 'an unknown GPU policy',
    spec: { placement: { gpuNodes: 'Never' } },
    path: 'spec.placement.gpuNodes',
    message: 'must be one of Avoid, PreferAvoid, Ignore, Require',
    server: 'Unsupported value: "Never"',
  },
  {
    name: 'certificates of clients that nobody has signed',
    spec: { authentication: { mode: 'PasswordOrTls' } },
    path: 'spec.authentication.clientCaSecretName',
    message: 'clientCaSecretName is required for the modes PasswordOrTls and MutualTls, and only there',
  },
  {
    name: 'a certificate of everybody that nobody has signed',
    spec: { authentication: { mode: 'MutualTls' } },
    path: 'spec.authentication.clientCaSecretName',
    message: 'clientCaSecretName is required for the modes PasswordOrTls and MutualTls, and only there',
  },
  {
    name: 'a CA of clients that have none',
    spec: { authentication: { clientCaSecretName: 'apps' } },
    path: 'spec.authentication.clientCaSecretName',
    message: 'clientCaSecretName is required for the modes PasswordOrTls and MutualTls, and only there',
  },
  {
    name: 'certificates of clients that may speak in clear',
    spec: {
      authentication: { mode: 'PasswordOrTls', clientCaSecretName: 'apps' },
      encryption: { clients: 'Optional' },
    },
    path: 'spec.authentication',
    message: 'the modes PasswordOrTls and MutualTls need encryption.clients to be Required',
  },
  {
    name: 'a cache for ever',
    spec: { authentication: { caches: { roles: { validity: '0s' } } } },
    path: 'spec.authentication.caches.roles.validity',
    message: 'must be a number and ms, s or m, such as 500ms, 2s or 1m',
    server: 'should match',
  },
  {
    name: 'an audit of two roles in one',
    spec: { auditLog: { excludedUsers: ['a,b'] } },
    path: 'spec.auditLog.excludedUsers[0]',
    message: 'must be the name of a role: ASCII, without commas and spaces, with a letter or a digit first',
    server: 'should match',
  },
  {
    name: 'an audit of nothing',
    spec: { auditLog: { categories: [] } },
    path: 'spec.auditLog.categories',
    message: 'Too small: expected array to have >=1 items',
    server: 'should have at least 1 items',
  },
  {
    name: 'a warning after the refusal',
    spec: { guardrails: { tables: { warn: 10, fail: 5 } } },
    path: 'spec.guardrails.tables.warn',
    message: 'a warning above what is refused would never be seen: warn must not be greater than fail',
  },
  {
    name: 'a warning after the refusal, in other units',
    spec: { guardrails: { collectionSize: { warn: '2Gi', fail: '1000Mi' } } },
    path: 'spec.guardrails.collectionSize.warn',
    message: 'a warning above what is refused would never be seen: warn must not be greater than fail',
  },
  {
    name: 'a disk that is fuller than full',
    spec: { guardrails: { dataDiskUsagePercentage: { warn: 101 } } },
    path: 'spec.guardrails.dataDiskUsagePercentage.warn',
    message: 'must be a whole number from 1 to 100',
    server: 'should be less than or equal to 100',
  },
];
