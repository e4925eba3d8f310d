{{- define "stateward.env" -}}
- name: STATEWARD_IDENTITY
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: STATEWARD_POD_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
- name: STATEWARD_LEASE_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
- name: STATEWARD_LEASE_NAME
  value: {{ include "stateward.name" . | quote }}
- name: STATEWARD_LISTEN
  value: "8080"
- name: STATEWARD_LOG_LEVEL
  value: {{ .Values.logLevel | quote }}
- name: STATEWARD_CLUSTER_DOMAIN
  value: {{ .Values.clusterDomain | quote }}
- name: STATEWARD_WORKERS
  value: {{ .Values.workers | quote }}
{{- with .Values.watchNamespaces }}
- name: STATEWARD_NAMESPACES
  value: {{ join "," . | quote }}
{{- end }}
{{- with .Values.images.kafka.repository }}
- name: STATEWARD_IMAGE_KAFKA
  value: {{ . | quote }}
{{- end }}
{{- with .Values.images.cassandra.repository }}
- name: STATEWARD_IMAGE_CASSANDRA
  value: {{ . | quote }}
{{- end }}
{{- with .Values.images.agents }}
- name: STATEWARD_IMAGE_AGENTS
  value: {{ . | quote }}
{{- end }}
{{- with .Values.env }}
{{ toYaml . }}
{{- end }}
{{- end }}
