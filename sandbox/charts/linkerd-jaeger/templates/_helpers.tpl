{{- /*
# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
*/ -}}
{{- /* Wants: root, object; may have: component, cluster, extension. */ -}}
{{- define "jaeger.labels" -}}
linkerd.io/extension: {{ default "jaeger" .extension }}
{{- with .component }}
component: {{ . }}
{{- end }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "jaeger.meta" }}
  name: {{ .object }}
  {{- if not .cluster }}
  namespace: {{ .root.Release.Namespace }}
  {{- end }}
  labels:
    {{- include "jaeger.labels" . | nindent 4 }}
{{- end }}

{{- define "jaeger.account" }}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "jaeger.meta" . }}
{{- end }}

{{- /* A ClusterRole and its binding. Wants also: account. */ -}}
{{- define "jaeger.reader" }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  {{- include "jaeger.meta" (merge (dict "cluster" true) .) }}
rules:
  - {apiGroups: [""], resources: [namespaces, pods], verbs: [get, list, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  {{- include "jaeger.meta" (merge (dict "cluster" true) .) }}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {{ .object }}}
subjects: [{kind: ServiceAccount, name: {{ .account }}, namespace: {{ .root.Release.Namespace }}}]
{{- end }}

{{- /* Wants also: component, selector, ports. */ -}}
{{- define "jaeger.service" }}
---
apiVersion: v1
kind: Service
metadata:
  {{- include "jaeger.meta" . }}
spec:
  type: ClusterIP
  selector:
    {{- toYaml .selector | nindent 4 }}
  ports:
    {{- toYaml .ports | nindent 4 }}
{{- end }}

{{- /* Wants also: component, image, ports, annotations, volumes; may have: args, version, replicas. */ -}}
{{- define "jaeger.deployment" }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .object }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    app.kubernetes.io/name: {{ .object }}
    app.kubernetes.io/part-of: Linkerd
    {{- with .version }}
    app.kubernetes.io/version: {{ . }}
    {{- end }}
    {{- include "jaeger.labels" . | nindent 4 }}
spec:
  replicas: {{ default 1 .replicas }}
  revisionHistoryLimit: {{ .root.Values.revisionHistoryLimit }}
  selector:
    matchLabels: {linkerd.io/extension: jaeger, component: {{ .component }}}
  template:
    metadata:
      annotations:
        linkerd.io/inject: enabled
        config.linkerd.io/proxy-await: enabled
        cluster-autoscaler.kubernetes.io/safe-to-evict: "true"
        {{- toYaml .annotations | nindent 8 }}
      labels:
        linkerd.io/extension: jaeger
        component: {{ .component }}
        {{- with .root.Values.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      serviceAccountName: {{ .object }}
      automountServiceAccountToken: false
      containers:
        - name: {{ default .object .container }}
          image: {{ .image.name }}:{{ .image.version }}
          {{- with .args }}
          args:
            {{- toYaml . | nindent 12 }}
          {{- end }}
          ports:
            {{- toYaml .ports | nindent 12 }}
      volumes:
        {{- with .volumes }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
        - name: kube-api-access
          projected:
            sources:
              - serviceAccountToken: {path: token, expirationSeconds: 3607}
{{- end }}

{{- /* A Server for one port, and who may use it. Wants also: component, port, name of the authorization. */ -}}
{{- define "jaeger.server" }}
---
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata:
  {{- include "jaeger.meta" . }}
spec:
  podSelector:
    matchLabels: {component: {{ .component }}}
  port: {{ .port }}
  proxyProtocol: {{ default "unknown" .protocol }}
{{- with .authorization }}
---
apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata:
  {{- include "jaeger.meta" (merge (dict "object" .) $) }}
spec:
  targetRef: {group: policy.linkerd.io, kind: Server, name: {{ $.object }}}
  requiredAuthenticationRefs:
    - {{ toJson $.by }}
{{- end }}
{{- end }}
