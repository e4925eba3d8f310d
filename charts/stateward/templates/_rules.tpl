{{/* Generated from operators/access.ts by hack/generate. */}}
{{- define "stateward.rules.watched" -}}
# Services are read; only their finalizer is written.
- apiGroups:
    - stateward.dev
  resources:
    - kafkaclusters
    - cassandraclusters
  verbs:
    - get
    - list
    - watch
    - patch
# Plans, members and conditions are shown in the status.
- apiGroups:
    - stateward.dev
  resources:
    - kafkaclusters/status
    - cassandraclusters/status
  verbs:
    - get
    - patch
# Operations are read, and removed some time after they have finished; automatic recovery makes its own.
- apiGroups:
    - stateward.dev
  resources:
    - serviceoperations
  verbs:
    - get
    - list
    - watch
    - create
    - delete
# What an operation has done is shown in its status.
- apiGroups:
    - stateward.dev
  resources:
    - serviceoperations/status
  verbs:
    - get
    - patch
# Users and topics are read; only their finalizer is written.
- apiGroups:
    - stateward.dev
  resources:
    - kafkausers
    - kafkatopics
  verbs:
    - get
    - list
    - watch
    - patch
# Whether Kafka has a user or a topic is shown in its status.
- apiGroups:
    - stateward.dev
  resources:
    - kafkausers/status
    - kafkatopics/status
  verbs:
    - get
    - patch
# Keyspaces are read; only their finalizer is written.
- apiGroups:
    - stateward.dev
  resources:
    - cassandrakeyspaces
  verbs:
    - get
    - list
    - watch
    - patch
# Whether Cassandra has a keyspace, and how far its repair is, is shown in its status.
- apiGroups:
    - stateward.dev
  resources:
    - cassandrakeyspaces/status
  verbs:
    - get
    - patch
# Roles are read; only their finalizer is written.
- apiGroups:
    - stateward.dev
  resources:
    - cassandraroles
  verbs:
    - get
    - list
    - watch
    - patch
# Whether Cassandra has a role is shown in its status.
- apiGroups:
    - stateward.dev
  resources:
    - cassandraroles/status
  verbs:
    - get
    - patch
# Owner references that block deletion ask for it where that admission check is on.
- apiGroups:
    - stateward.dev
  resources:
    - kafkaclusters/finalizers
    - kafkausers/finalizers
    - cassandraclusters/finalizers
    - cassandraroles/finalizers
  verbs:
    - update
# Each pool and each rack is one StatefulSet.
- apiGroups:
    - apps
  resources:
    - statefulsets
  verbs:
    - get
    - list
    - watch
    - create
    - patch
    - delete
# The last specs of a service are kept, so that one can be looked at and gone back to.
- apiGroups:
    - apps
  resources:
    - controllerrevisions
  verbs:
    - get
    - list
    - watch
    - create
    - patch
    - delete
# Names and settings of members, and the CAs that clients trust.
- apiGroups:
    - ""
  resources:
    - services
    - configmaps
  verbs:
    - get
    - list
    - watch
    - create
    - patch
    - delete
# Credentials and certificates of members, and what users give of both.
- apiGroups:
    - ""
  resources:
    - secrets
  verbs:
    - get
    - list
    - watch
    - create
    - patch
    - delete
    - update
# Evictions wait until a member may go.
- apiGroups:
    - policy
  resources:
    - poddisruptionbudgets
  verbs:
    - get
    - list
    - watch
    - create
    - patch
    - delete
# The network lets in to each port whom it is for.
- apiGroups:
    - networking.k8s.io
  resources:
    - networkpolicies
  verbs:
    - get
    - list
    - watch
    - create
    - patch
    - delete
# Where a service names an issuer, cert-manager is asked for its CA; it may be absent.
- apiGroups:
    - cert-manager.io
  resources:
    - certificates
  verbs:
    - get
    - create
    - patch
    - delete
# What the issuer answers is told where that CA is waited for.
- apiGroups:
    - cert-manager.io
  resources:
    - certificaterequests
  verbs:
    - get
# A member restarts when its pod is deleted; its zone is written to the pod.
- apiGroups:
    - ""
  resources:
    - pods
  verbs:
    - get
    - list
    - watch
    - patch
    - delete
# Members get other resources while they run.
- apiGroups:
    - ""
  resources:
    - pods/resize
  verbs:
    - patch
# Volumes grow, are handed over, and are removed where the deletion policy says so.
- apiGroups:
    - ""
  resources:
    - persistentvolumeclaims
  verbs:
    - get
    - list
    - watch
    - patch
    - delete
# Each step of a plan is told as an event.
- apiGroups:
    - events.k8s.io
  resources:
    - events
  verbs:
    - create
    - patch
{{- end }}
{{- define "stateward.rules.own" -}}
# One replica of the operator leads.
- apiGroups:
    - coordination.k8s.io
  resources:
    - leases
  verbs:
    - get
    - create
    - update
{{- end }}
{{- define "stateward.rules.cluster" -}}
# The failure domain of a member is that of its node.
- apiGroups:
    - ""
  resources:
    - nodes
  verbs:
    - get
    - list
    - watch
# A missing class, or one that cannot expand, is named before anything is changed.
- apiGroups:
    - storage.k8s.io
  resources:
    - storageclasses
  verbs:
    - get
    - list
    - watch
# A missing class, without which no pod is made, is named before anything is changed.
- apiGroups:
    - scheduling.k8s.io
  resources:
    - priorityclasses
  verbs:
    - get
    - list
    - watch
# A missing class, without which no pod is made, is named before anything is changed.
- apiGroups:
    - node.k8s.io
  resources:
    - runtimeclasses
  verbs:
    - get
    - list
    - watch
{{- end }}
