{{- /*
# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
*/ -}}
{{- define "cm.selector" -}}
app.kubernetes.io/name: {{ .app }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "cm.labels" -}}
app: {{ .app }}
{{ include "cm.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- with .root.Values.global.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "cm.image" -}}
{{- $default := printf "%s/%s/%s" .root.Values.imageRegistry .root.Values.imageNamespace .image.name -}}
{{ default $default .image.repository }}:{{ default .root.Chart.AppVersion .image.tag }}
{{- end }}

{{- /* ServiceAccount, Service and Deployment of one component: root, object, app, component, container, values, args, ports, service. */ -}}
{{- define "cm.component" }}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .object }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "cm.labels" . | nindent 4 }}
automountServiceAccountToken: true
---
apiVersion: v1
kind: Service
metadata:
  name: {{ .object }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "cm.labels" . | nindent 4 }}
spec:
  type: ClusterIP
  ports:
    {{- toYaml .service | nindent 4 }}
  selector:
    {{- include "cm.selector" . | nindent 4 }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .object }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "cm.labels" . | nindent 4 }}
spec:
  replicas: {{ .values.replicaCount }}
  selector:
    matchLabels:
      {{- include "cm.selector" . | nindent 6 }}
  template:
    metadata:
      annotations:
        prometheus.io/path: /metrics
        prometheus.io/scrape: "true"
        prometheus.io/port: "9402"
      labels:
        {{- include "cm.labels" . | nindent 8 }}
        {{- with .values.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      serviceAccountName: {{ .object }}
      {{- with .root.Values.global.priorityClassName }}
      priorityClassName: {{ . }}
      {{- end }}
      nodeSelector:
        {{- toYaml .values.nodeSelector | nindent 8 }}
      {{- with .values.tolerations }}
      tolerations: {{ toJson . }}
      {{- end }}
      containers:
        - name: {{ .container }}
          image: {{ include "cm.image" (dict "root" .root "image" .values.image) }}
          imagePullPolicy: {{ .values.image.pullPolicy }}
          args:
            - --v=2
            {{- range concat .args (default list .values.extraArgs) }}
            - {{ . }}
            {{- end }}
          env:
            - {name: POD_NAMESPACE, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}
          ports:
            {{- range $name, $number := .ports }}
            - {name: {{ $name }}, containerPort: {{ $number }}, protocol: TCP}
            {{- end }}
          {{- with .values.resources }}
          resources:
            {{- toYaml . | nindent 12 }}
          {{- end }}
{{- end }}
