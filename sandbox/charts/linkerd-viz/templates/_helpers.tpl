{{- /*
# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
*/ -}}
{{- /* Labels of one object. Wants: root; may have: component, and namespaced where the label namespace belongs too. */ -}}
{{- define "viz.labels" -}}
linkerd.io/extension: viz
{{- with .component }}
component: {{ . }}
{{- end }}
{{- if .namespaced }}
namespace: {{ default .root.Release.Namespace .namespace }}
{{- end }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "viz.meta" }}
  name: {{ .object }}
  {{- if not .cluster }}
  namespace: {{ default .root.Release.Namespace .namespace }}
  {{- end }}
  labels:
    {{- include "viz.labels" . | nindent 4 }}
{{- end }}

{{- define "viz.createdBy" -}}
linkerd.io/created-by: linkerd/helm {{ .Values.linkerdVersion }}
{{- end }}

{{- define "viz.account" }}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "viz.meta" . }}
{{- end }}

{{- /* Wants: object, component, account; may have: rules (then its own ClusterRole is made) or role. */ -}}
{{- define "viz.clusterRole" }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  {{- include "viz.meta" (merge (dict "cluster" true) .) }}
rules:
  {{- toYaml .rules | nindent 2 }}
{{- end }}

{{- define "viz.clusterRoleBinding" }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  {{- include "viz.meta" (merge (dict "cluster" true) .) }}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {{ default .object .role }}}
subjects: [{kind: ServiceAccount, name: {{ .account }}, namespace: {{ .root.Release.Namespace }}}]
{{- end }}

{{- /* A webhook's or API server's certificate, as YAML: crt, key and ca. Wants: root, key (of the values), host. */ -}}
{{- define "viz.certificate" -}}
{{- $v := get .root.Values .key }}
{{- $injected := or $v.injectCaFrom $v.injectCaFromSecret }}
{{- if and $v.injectCaFrom $v.injectCaFromSecret }}
{{- fail (printf "%s: injectCaFrom and injectCaFromSecret exclude each other" .key) }}
{{- end }}
{{- if and $injected $v.caBundle }}
{{- fail (printf "%s: caBundle and injectCaFrom or injectCaFromSecret exclude each other" .key) }}
{{- end }}
{{- if and $v.externalSecret (not (or $injected $v.caBundle)) }}
{{- fail (printf "%s: externalSecret needs caBundle, injectCaFrom or injectCaFromSecret" .key) }}
{{- end }}
{{- if and $injected (not $v.externalSecret) }}
{{- fail (printf "%s: injectCaFrom and injectCaFromSecret need externalSecret: true" .key) }}
{{- end }}
{{- if $v.externalSecret }}
{{- toYaml (dict "ca" (default "" $v.caBundle)) }}
{{- else if $v.crtPEM }}
{{- toYaml (dict "crt" $v.crtPEM "key" $v.keyPEM "ca" (default $v.crtPEM $v.caBundle)) }}
{{- else }}
{{- $host := printf "%s.%s.svc" .host .root.Release.Namespace }}
{{- $made := genSelfSignedCert $host (list) (list $host) 365 }}
{{- toYaml (dict "crt" $made.Cert "key" $made.Key "ca" (default $made.Cert $v.caBundle)) }}
{{- end }}
{{- end }}

{{- define "viz.tlsSecret" }}
{{- with .certificate.crt }}
---
apiVersion: v1
kind: Secret
metadata:
  {{- include "viz.meta" $ }}
type: kubernetes.io/tls
data:
  tls.crt: {{ b64enc . }}
  tls.key: {{ b64enc $.certificate.key }}
{{- end }}
{{- end }}

{{- define "viz.caSource" }}
  {{- if or .injectCaFrom .injectCaFromSecret }}
  annotations:
    {{- with .injectCaFrom }}
    cert-manager.io/inject-ca-from: {{ . }}
    {{- end }}
    {{- with .injectCaFromSecret }}
    cert-manager.io/inject-ca-from-secret: {{ . }}
    {{- end }}
  {{- end }}
{{- end }}
