/** Specs that must be refused, by the parse at reconcile time and by the API server alike. */

export type CaseKind = 'KafkaCluster' | 'CassandraCluster' | 'CassandraKeyspace' | 'CassandraRole' | 'KafkaUser';

export interface BadSpec {
  name: string;
  kind: CaseKind;
  spec: object;
  /** Of the first problem that the parse reports. */
  path: string;
  message: string;
  /** What the API server says to a server-side apply where it speaks its own words; the same message otherwise. */
  server?: string;
}

export interface BadChange {
  name: string;
  kind: CaseKind;
  from: object;
  to: object;
  message: string;
}

const node = { name: 'node', roles: ['Controller', 'Broker'] };
const kafka = (extra: object) => ({ pools: [{ ...node, ...extra }] });
const volumes = (...all: object[]) => kafka({ storage: { volumes: all } });
const heapMessage =
  'the heap must be smaller than the memory limit, which also holds threads, buffers and the page cache';
const oursMessage = 'keys that begin with stateward.dev/ are those of Stateward: choose others';

const lives = (authority: object, members: object = {}) => ({ certificates: { authority, members } });
const oauth = { issuer: 'https://id.example.com', jwksUri: 'https://id.example.com/keys', audience: 'kafka' };

const kafkaCases: Omit<BadSpec, 'kind'>[] = [
  {
    name: 'an unknown version',
    spec: { version: '3.9.0' },
    path: 'spec.version',
    message: 'must be one of 4.3.1, 4.2.1',
    server: 'Unsupported value: "3.9.0"',
  },
  {
    name: 'no controller',
    spec: { pools: [{ name: 'a', roles: ['Broker'] }] },
    path: 'spec.pools',
    message: 'at least one pool with members must have the role Controller',
  },
  {
    name: 'no broker',
    spec: { pools: [{ name: 'a', roles: ['Controller'] }] },
    path: 'spec.pools',
    message: 'at least one pool with members must have the role Broker',
  },
  {
    name: 'two pools of one name',
    spec: { pools: [node, node] },
    path: 'spec.pools[1].name',
    message: '"node" is given twice',
    server: 'duplicate entries for key [name="node"]',
  },
  {
    name: 'a role twice',
    spec: { pools: [node, { name: 'b', roles: ['Broker', 'Broker'] }] },
    path: 'spec.pools[1].roles[1]',
    message: '"Broker" is given twice',
    server: 'duplicate entries for key [="Broker"]',
  },
  {
    name: 'no members',
    spec: kafka({ replicas: 0 }),
    path: 'spec.pools',
    message: 'at least one pool with members must have the role Controller',
  },
  {
    name: 'more members than one status can hold',
    spec: { pools: ['a', 'b', 'c'].map((name) => ({ ...node, name, replicas: 400 })) },
    path: 'spec.pools',
    message: 'all pools together may have 1000 members: ask for fewer replicas',
  },
  {
    name: 'a pool name that is no DNS label',
    spec: { pools: [{ ...node, name: 'My_Pool' }] },
    path: 'spec.pools[0].name',
    message: 'must be lower case letters, digits and "-", and begin and end with a letter or a digit',
    server: 'should match',
  },
  {
    name: 'a size that is no quantity',
    spec: volumes({ name: 'data', size: 'large' }),
    path: 'spec.pools[0].storage.volumes[0].size',
    message: 'must be a quantity such as 500m, 2 or 20Gi',
    server: 'should match',
  },
  {
    name: 'a heap as large as the memory limit',
    spec: kafka({ jvm: { heap: '1Gi' }, resources: { limits: { memory: '1024Mi' } } }),
    path: 'spec.pools[0].jvm',
    message: heapMessage,
  },
  {
    name: 'a request over its limit',
    spec: kafka({ resources: { requests: { cpu: 2 }, limits: { cpu: '1500m' } } }),
    path: 'spec.pools[0].resources.requests',
    message: 'the request for cpu is larger than the limit',
  },
  {
    name: 'a privileged port',
    spec: { listeners: [{ name: 'plain', port: 80 }] },
    path: 'spec.listeners[0].port',
    message: 'must be a whole number from 1024 to 65535',
    server: 'should be greater than or equal to 1024',
  },
  {
    name: 'a listener that members use among themselves',
    spec: { listeners: [{ name: 'internal', port: 9094 }] },
    path: 'spec.listeners[0].name',
    message: 'members use the listeners controller and internal among themselves: choose another name',
  },
  {
    name: 'a listener that lets in nobody',
    spec: { listeners: [{ name: 'plain', port: 9092, authentication: 'None' }] },
    path: 'spec.authorization',
    message:
      'clients of a listener with authentication None may do nothing: set authorization.mode to None, or name ANONYMOUS among authorization.superUsers',
  },
  {
    name: 'certificates without TLS',
    spec: { listeners: [{ name: 'mutual', port: 9094, tls: false, authentication: 'Tls' }] },
    path: 'spec.listeners[0].tls',
    message:
      'certificates are shown in TLS only, and who reads a token can use it: leave tls out, or choose another authentication',
  },
  {
    name: 'tokens without TLS',
    spec: { listeners: [{ name: 'sso', port: 9095, tls: false, authentication: 'OAuth', oauth }] },
    path: 'spec.listeners[0].tls',
    message:
      'certificates are shown in TLS only, and who reads a token can use it: leave tls out, or choose another authentication',
  },
  {
    name: 'tokens of nobody',
    spec: { listeners: [{ name: 'sso', port: 9095, authentication: 'OAuth' }] },
    path: 'spec.listeners[0].oauth',
    message: 'oauth is required with authentication OAuth, and only there',
  },
  {
    name: 'an issuer of tokens that nobody shows',
    spec: { listeners: [{ name: 'sso', port: 9095, oauth }] },
    path: 'spec.listeners[0].oauth',
    message: 'oauth is required with authentication OAuth, and only there',
  },
  {
    name: 'the keys of an issuer that come in clear',
    spec: {
      listeners: [
        {
          name: 'sso',
          port: 9095,
          authentication: 'OAuth',
          oauth: { ...oauth, jwksUri: 'http://id.example.com/keys' },
        },
      ],
    },
    path: 'spec.listeners[0].oauth.jwksUri',
    message: 'must be an https URL',
    server: 'should match',
  },
  {
    name: 'an audience of two lines',
    spec: {
      listeners: [
        {
          name: 'sso',
          port: 9095,
          authentication: 'OAuth',
          oauth: { ...oauth, audience: 'kafka\nsuper.users=User:eve' },
        },
      ],
    },
    path: 'spec.listeners[0].oauth.audience',
    message: 'must have no spaces, commas or quotes, and begin with a letter or a digit',
    server: 'should match',
  },
  {
    name: 'a super user with a name that no KafkaUser can have',
    spec: { authorization: { superUsers: ['User:admin'] } },
    path: 'spec.authorization.superUsers[0]',
    message: 'must be the name of a KafkaUser, or ANONYMOUS',
    server: 'should match',
  },
  {
    name: 'two listeners on one port',
    spec: {
      listeners: [
        { name: 'a', port: 9092 },
        { name: 'b', port: 9092 },
      ],
    },
    path: 'spec.listeners',
    message: 'two listeners have the same port',
  },
  {
    name: 'a client that is nobody',
    spec: { networkPolicy: { clients: [{}] } },
    path: 'spec.networkPolicy.clients[0]',
    message: 'a client is either pods, by namespaceSelector and podSelector, or addresses, by ipBlock',
  },
  {
    name: 'a client that is pods and addresses',
    spec: { networkPolicy: { clients: [{ podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }] } },
    path: 'spec.networkPolicy.clients[0]',
    message: 'a client is either pods, by namespaceSelector and podSelector, or addresses, by ipBlock',
  },
  {
    name: 'clients at a range that is none',
    spec: { networkPolicy: { clients: [{ ipBlock: { cidr: '10.0.0.0/33' } }] } },
    path: 'spec.networkPolicy.clients[0].ipBlock.cidr',
    message: 'must be a range of addresses such as 10.1.0.0/16 or 2001:db8::/64',
  },
  {
    name: 'clients by a comparison with nothing',
    spec: { networkPolicy: { clients: [{ podSelector: { matchExpressions: [{ key: 'app', operator: 'In' }] } }] } },
    path: 'spec.networkPolicy.clients[0].podSelector.matchExpressions[0].values',
    message: 'values are required for In and NotIn, and only there',
  },
  {
    name: 'a container that nothing confines',
    spec: {
      podMetadata: { annotations: { 'container.apparmor.security.beta.kubernetes.io/kafka': 'unconfined' } },
    },
    path: 'spec.podMetadata.annotations',
    message:
      'members stay confined: container.apparmor.security.beta.kubernetes.io/ can only be runtime/default or localhost/ and the name of a profile',
  },
  {
    name: 'an unknown deletion policy',
    spec: { deletionPolicy: 'Keep' },
    path: 'spec.deletionPolicy',
    message: 'must be one of Retain, Delete',
    server: 'Unsupported value: "Keep"',
  },
  {
    name: 'a java option without a dash',
    spec: kafka({ jvm: { options: ['Xmx2g'] } }),
    path: 'spec.pools[0].jvm.options[0]',
    message: 'must be one option of java and begin with "-"',
    server: 'should match',
  },
  {
    name: 'a custom GPU without its resource',
    spec: kafka({ gpu: { vendor: 'Custom' } }),
    path: 'spec.pools[0].gpu.resourceName',
    message: 'resourceName is required for the vendor Custom, and only there',
  },
  {
    name: 'a custom GPU chosen by label',
    spec: kafka({ gpu: { vendor: 'Custom', resourceName: 'example.com/npu', select: { product: ['x'] } } }),
    path: 'spec.pools[0].gpu.select',
    message: 'the node labels of a Custom vendor are not known: use placement.nodeSelector instead',
  },
  {
    name: 'an AMD GPU chosen by memory',
    spec: kafka({ gpu: { vendor: 'Amd', select: { minMemory: '40Gi' } } }),
    path: 'spec.pools[0].gpu.select',
    message: 'only Nvidia labels its nodes by family, memory and compute capability: name the products instead',
  },
  {
    name: 'an annotation by which a member starts',
    spec: kafka({ metadata: { annotations: { 'stateward.dev/start': 'First' } } }),
    path: 'spec.pools[0].metadata.annotations',
    message: oursMessage,
  },
  {
    name: 'a Secret of the CA in another namespace',
    spec: lives({ secretName: 'vault/ca' }),
    path: 'spec.certificates.authority.secretName',
    message: 'must be the name of a Kubernetes object',
    server: 'should match',
  },
  {
    name: 'certificates that would be renewed without an end',
    spec: lives({}, { duration: '24h', renewBefore: '23h30m' }),
    path: 'spec.certificates.members.renewBefore',
    message: 'renewBefore must be at least 1h, and at least 1h less than duration',
  },
  {
    name: 'half a GPU',
    spec: kafka({ gpu: { count: 0.5 } }),
    path: 'spec.pools[0].gpu.count',
    message: 'must be a whole number from 1 to 16',
    server: 'must be of type integer',
  },
];

const cassandraCases: Omit<BadSpec, 'kind'>[] = [
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
    message: 'clientCaSecretName is required for the mode PasswordOrTls, and only there',
  },
  {
    name: 'a CA of clients that have none',
    spec: { authentication: { clientCaSecretName: 'apps' } },
    path: 'spec.authentication.clientCaSecretName',
    message: 'clientCaSecretName is required for the mode PasswordOrTls, and only there',
  },
  {
    name: 'certificates of clients that may speak in clear',
    spec: {
      authentication: { mode: 'PasswordOrTls', clientCaSecretName: 'apps' },
      encryption: { clients: 'Optional' },
    },
    path: 'spec.authentication',
    message: 'the mode PasswordOrTls needs encryption.clients to be Required',
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

const keyspace = { cluster: 'demo', name: 'orders' };
const systemMessage = 'system and names that begin with system_ are those of Cassandra itself';

const keyspaceCases: Omit<BadSpec, 'kind'>[] = [
  {
    name: 'a name of Cassandra in capitals',
    spec: { ...keyspace, name: 'System_Auth' },
    path: 'spec.name',
    message: systemMessage,
  },
  {
    name: 'a name with a quote',
    spec: { ...keyspace, name: 'x"; DROP KEYSPACE y' },
    path: 'spec.name',
    message: 'must be letters, digits and "_"',
    server: 'should match',
  },
  {
    name: 'no replica',
    spec: { ...keyspace, replication: { dc1: 0 } },
    path: 'spec.replication.dc1',
    message: 'must be a whole number from 1 to 500',
    server: 'should be greater than or equal to 1',
  },
  {
    name: 'no datacenter',
    spec: { ...keyspace, replication: {} },
    path: 'spec.replication',
    message: 'must name a datacenter: without any the keyspace would be nowhere',
  },
  {
    name: 'a datacenter with a quote',
    spec: { ...keyspace, replication: { "dc1': 3}": 1 } },
    path: `spec.replication["dc1': 3}"]`,
    message: 'must be letters, digits, "-" and "_", and begin with a letter',
  },
];

const userCases: Omit<BadSpec, 'kind'>[] = [
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

const role = (extra: object) => ({ cluster: 'demo', ...extra });
const grant = (resource: object, permission: string) => role({ grants: [{ resource, permissions: [permission] }] });

const roleCases: Omit<BadSpec, 'kind'>[] = [
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

export const badSpecs: readonly BadSpec[] = [
  ...kafkaCases.map((one): BadSpec => ({ ...one, kind: 'KafkaCluster' })),
  ...cassandraCases.map((one): BadSpec => ({ ...one, kind: 'CassandraCluster' })),
  ...keyspaceCases.map((one): BadSpec => ({ ...one, kind: 'CassandraKeyspace' })),
  ...userCases.map((one): BadSpec => ({ ...one, kind: 'KafkaUser' })),
  ...roleCases.map((one): BadSpec => ({ ...one, kind: 'CassandraRole' })),
];

export const badChanges: readonly BadChange[] = [
  {
    name: 'another keyspace',
    kind: 'CassandraKeyspace',
    from: keyspace,
    to: { ...keyspace, name: 'other' },
    message: 'a keyspace cannot be renamed: make another one',
  },
  {
    name: 'another service',
    kind: 'CassandraKeyspace',
    from: keyspace,
    to: { ...keyspace, cluster: 'other' },
    message: 'it cannot move to another service: make a new object',
  },
  {
    name: 'another cluster',
    kind: 'CassandraRole',
    from: role({}),
    to: { cluster: 'other' },
    message: 'it cannot move to another service: make a new object',
  },
  {
    name: 'another name',
    kind: 'CassandraRole',
    from: role({ name: 'One' }),
    to: role({ name: 'Two' }),
    message: 'a role cannot be renamed: make another one',
  },
  {
    name: 'another way to replace passwords',
    kind: 'CassandraRole',
    from: role({}),
    to: role({ rotation: { type: 'Turns' } }),
    message: 'who logs in would be somebody else: make a new object',
  },
  {
    name: 'another datacenter',
    kind: 'CassandraCluster',
    from: {},
    to: { datacenter: 'dc2' },
    message: 'the datacenter cannot change',
  },
  {
    name: 'another cluster name',
    kind: 'CassandraCluster',
    from: { clusterName: 'one' },
    to: { clusterName: 'two' },
    message: 'the cluster name cannot change',
  },
  {
    name: 'a cluster name later',
    kind: 'CassandraCluster',
    from: {},
    to: { clusterName: 'one' },
    message: 'the cluster name cannot change',
  },
];

/** Changes that look alike and must pass. */
export const goodChanges: readonly Omit<BadChange, 'message'>[] = [
  {
    name: 'the same size in another unit',
    kind: 'KafkaCluster',
    from: volumes({ name: 'data', size: '20Gi' }),
    to: volumes({ name: 'data', size: '20480Mi' }),
  },
  {
    name: 'a larger volume and one more',
    kind: 'KafkaCluster',
    from: volumes({ name: 'data', size: '20Gi' }),
    to: volumes({ name: 'data', size: '30Gi' }, { name: 'more' }),
  },
  {
    name: 'a default volume that is named and larger',
    kind: 'KafkaCluster',
    from: kafka({}),
    to: volumes({ name: 'data', size: '30Gi' }),
  },
  {
    name: 'the same roles in another order',
    kind: 'KafkaCluster',
    from: kafka({}),
    to: { pools: [{ name: 'node', roles: ['Broker', 'Controller'] }] },
  },
  {
    name: 'a pool added and another removed',
    kind: 'KafkaCluster',
    from: { pools: [node, { name: 'old', roles: ['Broker'] }] },
    to: { pools: [node, { name: 'new', roles: ['Broker'] }] },
  },
  {
    name: 'more racks',
    kind: 'CassandraCluster',
    from: {},
    to: { racks: [{ name: 'r1' }, { name: 'r2' }] },
  },
];
