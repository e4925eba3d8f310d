{{- define "stateward.name" -}}
{{- if contains "stateward" .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}{{ else }}{{ printf "%s-stateward" .Release.Name | trunc 52 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "stateward.selector" -}}
app.kubernetes.io/name: stateward
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end }}

{{- define "stateward.labels" -}}
{{ include "stateward.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "stateward.serviceAccount" -}}
{{- default (include "stateward.name" .) .Values.serviceAccount.name }}
{{- end }}

{{- define "stateward.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* Who the roles are for. */}}
{{- define "stateward.subjects" -}}
- kind: ServiceAccount
  name: {{ include "stateward.serviceAccount" . }}
  namespace: {{ .Release.Namespace }}
{{- end }}
