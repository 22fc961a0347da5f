{{- /*
# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
*/ -}}
{{- /* Which certificate a webhook has, and what may not be combined. Wants: root, key (of the values), host. */ -}}
{{- define "l5d.validateWebhook" -}}
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
{{- end }}

{{- /* As YAML: crt, key and ca. Made anew at every rendering, like the published chart does. */ -}}
{{- define "l5d.certificate" -}}
{{- include "l5d.validateWebhook" . }}
{{- $v := get .root.Values .key }}
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

{{- define "l5d.webhookSecret" -}}
{{- with .certificate.crt }}
---
apiVersion: v1
kind: Secret
metadata:
  {{- include "l5d.meta" (dict "root" $.root "component" $.component "object" (printf "%s-k8s-tls" $.host)) }}
type: kubernetes.io/tls
data:
  tls.crt: {{ b64enc . }}
  tls.key: {{ b64enc $.certificate.key }}
{{- end }}
{{- end }}

{{- define "l5d.webhookMeta" }}
  name: {{ .host }}-webhook-config
  labels:
    {{- include "l5d.labels" . | nindent 4 }}
  {{- $v := get .root.Values .key }}
  {{- if or $v.injectCaFrom $v.injectCaFromSecret }}
  annotations:
    {{- with $v.injectCaFrom }}
    cert-manager.io/inject-ca-from: {{ . }}
    {{- end }}
    {{- with $v.injectCaFromSecret }}
    cert-manager.io/inject-ca-from-secret: {{ . }}
    {{- end }}
  {{- end }}
{{- end }}

{{- define "l5d.clientConfig" -}}
service:
  name: {{ .host }}
  namespace: {{ .root.Release.Namespace }}
  path: /
{{- with .certificate.ca }}
caBundle: {{ b64enc . }}
{{- end }}
{{- end }}
