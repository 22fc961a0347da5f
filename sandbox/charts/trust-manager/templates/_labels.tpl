{{- /*
# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
*/ -}}
{{- define "tm.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "tm.meta" }}
  name: {{ default .root.Chart.Name .object }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- with .more }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    {{- include "tm.labels" .root | nindent 4 }}
{{- end }}

{{- define "tm.image" -}}
{{ default (printf "%s/%s/%s" .root.Values.imageRegistry .root.Values.imageNamespace .image.name) .image.repository }}:{{ default .version .image.tag }}
{{- end }}
