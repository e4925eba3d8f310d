import type { Case } from './case.ts';
import { heapMessage, kafka, lives, node, oursMessage, volumes } from './specs.ts';

const oauth = { issuer: 'https://id.example.com', jwksUri: 'https://id.example.com/keys', audience: 'kafka' };

export const kafkaCases: Case[] = [
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
    name: 'a CA of two places',
    spec: lives({ secretName: 'ca', issuerRef: { name: 'corporate' } }),
    path: 'spec.certificates.authority.issuerRef',
    message: 'a CA is either in a Secret of your own or issued by cert-manager: leave secretName or issuerRef out',
  },
  {
    name: 'an issuer of no kind that there can be',
    spec: lives({ issuerRef: { name: 'corporate', kind: 'clusterissuers' } }),
    path: 'spec.certificates.authority.issuerRef.kind',
    message: 'must be the kind of an issuer, such as ClusterIssuer',
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
