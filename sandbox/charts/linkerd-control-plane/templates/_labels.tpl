{{- /*
# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
*/ -}}
{{- define "l5d.labels" -}}
linkerd.io/control-plane-component: {{ .component }}
linkerd.io/control-plane-ns: {{ .root.Release.Namespace }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "l5d.workloadLabels" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/part-of: Linkerd
app.kubernetes.io/version: {{ .root.Values.linkerdVersion }}
{{ include "l5d.labels" . }}
{{- end }}

{{- define "l5d.meta" }}
  name: {{ .object }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "l5d.labels" . | nindent 4 }}
{{- end }}

{{- define "l5d.clusterMeta" }}
  name: {{ .object }}
  labels:
    {{- include "l5d.labels" . | nindent 4 }}
{{- end }}

{{- define "l5d.policyLabels" -}}
app.kubernetes.io/part-of: Linkerd
{{ include "l5d.labels" (dict "root" . "component" "destination") }}
{{- end }}

{{- define "l5d.resources" -}}
{{- $sides := dict "limit" "limits" "request" "requests" -}}
{{- $found := dict -}}
{{- range $kind, $amounts := (default dict .) -}}
{{- range $side, $amount := (default dict $amounts) -}}
{{- if $amount -}}
{{- $name := get $sides $side -}}
{{- $_ := set $found $name (merge (dict $kind ($amount | toString)) (default dict (get $found $name))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{ toYaml $found }}
{{- end }}
