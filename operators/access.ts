/**
 * Everything that the operator may do in Kubernetes, and why. The chart's roles are generated from this table, so what
 * is missing here fails in every real cluster and every end-to-end test.
 */

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';

export interface Access {
  readonly group: string;
  readonly resources: readonly string[];
  readonly verbs: readonly Verb[];
  /** Watched: in the namespaces that the operator serves. Own: in its own. Cluster: objects without a namespace. */
  readonly scope: 'Watched' | 'Own' | 'Cluster';
  readonly why: string;
}

const read = ['get', 'list', 'watch'] as const;
/** Server-side apply of an object that does not exist yet asks for `create` beside `patch`. */
const own = [...read, 'create', 'patch', 'delete'] as const;

const services: readonly Access[] = [
  {
    group: 'stateward.dev',
    resources: ['kafkaclusters', 'cassandraclusters'],
    verbs: [...read, 'patch'],
    scope: 'Watched',
    why: 'Services are read; only their finalizer is written.',
  },
  {
    group: 'stateward.dev',
    resources: ['kafkaclusters/status', 'cassandraclusters/status'],
    verbs: ['get', 'patch'],
    scope: 'Watched',
    why: 'Plans, members and conditions are shown in the status.',
  },
  {
    group: 'stateward.dev',
    resources: ['serviceoperations'],
    verbs: [...read, 'create', 'delete'],
    scope: 'Watched',
    why: 'Operations are read, and removed some time after they have finished; automatic recovery makes its own.',
  },
  {
    group: 'stateward.dev',
    resources: ['serviceoperations/status'],
    verbs: ['get', 'patch'],
    scope: 'Watched',
    why: 'What an operation has done is shown in its status.',
  },
  {
    group: 'stateward.dev',
    resources: ['kafkausers', 'kafkatopics'],
    verbs: [...read, 'patch'],
    scope: 'Watched',
    why: 'Users and topics are read; only their finalizer is written.',
  },
  {
    group: 'stateward.dev',
    resources: ['kafkausers/status', 'kafkatopics/status'],
    verbs: ['get', 'patch'],
    scope: 'Watched',
    why: 'Whether Kafka has a user or a topic is shown in its status.',
  },
  {
    group: 'stateward.dev',
    resources: ['cassandrakeyspaces'],
    verbs: [...read, 'patch'],
    scope: 'Watched',
    why: 'Keyspaces are read; only their finalizer is written.',
  },
  {
    group: 'stateward.dev',
    resources: ['cassandrakeyspaces/status'],
    verbs: ['get', 'patch'],
    scope: 'Watched',
    why: 'Whether Cassandra has a keyspace, and how far its repair is, is shown in its status.',
  },
  {
    group: 'stateward.dev',
    resources: ['cassandraroles'],
    verbs: [...read, 'patch'],
    scope: 'Watched',
    why: 'Roles are read; only their finalizer is written.',
  },
  {
    group: 'stateward.dev',
    resources: ['cassandraroles/status'],
    verbs: ['get', 'patch'],
    scope: 'Watched',
    why: 'Whether Cassandra has a role is shown in its status.',
  },
  {
    group: 'stateward.dev',
    resources: [
      'kafkaclusters/finalizers',
      'kafkausers/finalizers',
      'cassandraclusters/finalizers',
      'cassandraroles/finalizers',
    ],
    verbs: ['update'],
    scope: 'Watched',
    why: 'Owner references that block deletion ask for it where that admission check is on.',
  },
];

const desired: readonly Access[] = [
  {
    group: 'apps',
    resources: ['statefulsets'],
    verbs: own,
    scope: 'Watched',
    why: 'Each pool and each rack is one StatefulSet.',
  },
  {
    group: 'apps',
    resources: ['controllerrevisions'],
    verbs: own,
    scope: 'Watched',
    why: 'The last specs of a service are kept, so that one can be looked at and gone back to.',
  },
  {
    group: '',
    resources: ['services', 'configmaps'],
    verbs: own,
    scope: 'Watched',
    why: 'Names and settings of members, and the CAs that clients trust.',
  },
  {
    group: '',
    resources: ['secrets'],
    verbs: [...own, 'update'],
    scope: 'Watched',
    why: 'Credentials and certificates of members, and what users give of both.',
  },
  {
    group: 'policy',
    resources: ['poddisruptionbudgets'],
    verbs: own,
    scope: 'Watched',
    why: 'Evictions wait until a member may go.',
  },
  {
    group: 'networking.k8s.io',
    resources: ['networkpolicies'],
    verbs: own,
    scope: 'Watched',
    why: 'The network lets in to each port whom it is for.',
  },
  {
    group: 'cert-manager.io',
    resources: ['certificates'],
    verbs: ['get', 'create', 'patch', 'delete'],
    scope: 'Watched',
    why: 'Where a service names an issuer, cert-manager is asked for its CA; it may be absent.',
  },
  {
    group: 'cert-manager.io',
    resources: ['certificaterequests'],
    verbs: ['get'],
    scope: 'Watched',
    why: 'What the issuer answers is told where that CA is waited for.',
  },
];

const members: readonly Access[] = [
  {
    group: '',
    resources: ['pods'],
    verbs: [...read, 'patch', 'delete'],
    scope: 'Watched',
    why: 'A member restarts when its pod is deleted; its zone is written to the pod.',
  },
  {
    group: '',
    resources: ['pods/resize'],
    verbs: ['patch'],
    scope: 'Watched',
    why: 'Members get other resources while they run.',
  },
  {
    group: '',
    resources: ['persistentvolumeclaims'],
    verbs: [...read, 'patch', 'delete'],
    scope: 'Watched',
    why: 'Volumes grow, are handed over, and are removed where the deletion policy says so.',
  },
  {
    group: 'events.k8s.io',
    resources: ['events'],
    verbs: ['create', 'patch'],
    scope: 'Watched',
    why: 'Each step of a plan is told as an event.',
  },
];

const ground: readonly Access[] = [
  {
    group: '',
    resources: ['nodes'],
    verbs: read,
    scope: 'Cluster',
    why: 'The failure domain of a member is that of its node.',
  },
  {
    group: 'storage.k8s.io',
    resources: ['storageclasses'],
    verbs: read,
    scope: 'Cluster',
    why: 'A missing class, or one that cannot expand, is named before anything is changed.',
  },
  {
    group: 'scheduling.k8s.io',
    resources: ['priorityclasses'],
    verbs: read,
    scope: 'Cluster',
    why: 'A missing class, without which no pod is made, is named before anything is changed.',
  },
  {
    group: 'node.k8s.io',
    resources: ['runtimeclasses'],
    verbs: read,
    scope: 'Cluster',
    why: 'A missing class, without which no pod is made, is named before anything is changed.',
  },
  {
    group: 'coordination.k8s.io',
    resources: ['leases'],
    verbs: ['get', 'create', 'update'],
    scope: 'Own',
    why: 'One replica of the operator leads.',
  },
];

export const access: readonly Access[] = [...services, ...desired, ...members, ...ground];
