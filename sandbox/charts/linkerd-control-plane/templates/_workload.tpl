{{- /*
# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
*/ -}}
{{- /* What the three Deployments have in common. Wants: root, name, component, containers, volumes; may have: checksum, annotations, native. */ -}}
{{- define "l5d.deployment" -}}
{{- $root := .root }}
{{- $native := and .native $root.Values.proxy.nativeSidecar }}
{{- $proxy := include "l5d.proxy" (dict "root" $root "native" $native "resources" .proxyResources) }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: linkerd-{{ .name }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "l5d.workloadLabels" . | nindent 4 }}
spec:
  replicas: {{ $root.Values.controllerReplicas }}
  revisionHistoryLimit: {{ $root.Values.revisionHistoryLimit }}
  selector:
    matchLabels:
      linkerd.io/control-plane-component: {{ .component }}
      linkerd.io/control-plane-ns: {{ $root.Release.Namespace }}
      linkerd.io/proxy-deployment: linkerd-{{ .name }}
  strategy:
    {{- toYaml $root.Values.deploymentStrategy | nindent 4 }}
  template:
    metadata:
      annotations:
        {{- with .checksum }}
        checksum/config: {{ . }}
        {{- end }}
        linkerd.io/created-by: linkerd/helm {{ $root.Values.linkerdVersion }}
        linkerd.io/proxy-version: {{ default $root.Values.linkerdVersion $root.Values.proxy.image.version }}
        cluster-autoscaler.kubernetes.io/safe-to-evict: "true"
        linkerd.io/trust-root-sha256: {{ $root.Values.identityTrustAnchorsPEM | sha256sum }}
        config.linkerd.io/default-inbound-policy: {{ $root.Values.proxy.defaultInboundPolicy | quote }}
        {{- range $more := list .annotations $root.Values.podAnnotations }}
        {{- with $more }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
        {{- end }}
      labels:
        {{- include "l5d.labels" . | nindent 8 }}
        linkerd.io/workload-ns: {{ $root.Release.Namespace }}
        linkerd.io/proxy-deployment: linkerd-{{ .name }}
        {{- with $root.Values.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      serviceAccountName: linkerd-{{ .name }}
      automountServiceAccountToken: false
      {{- include "l5d.placement" . | nindent 6 }}
      initContainers:
        {{- include "l5d.init" $root | nindent 8 }}
        {{- if $native }}
        {{- $proxy | nindent 8 }}
        {{- end }}
      containers:
        {{- /* Identity's own proxy comes last, because it needs identity; the others start first. */}}
        {{- if and .native (not $native) }}
        {{- $proxy | nindent 8 }}
        {{- end }}
        {{- .containers | nindent 8 }}
        {{- if not .native }}
        {{- $proxy | nindent 8 }}
        {{- end }}
      volumes:
        {{- .volumes | nindent 8 }}
        {{- include "l5d.volumes" $root | nindent 8 }}
{{- if $root.Values.enablePodDisruptionBudget }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "l5d.meta" (dict "root" $root "component" .component "object" (printf "linkerd-%s" (default .name .pdb))) }}
spec:
  maxUnavailable: {{ $root.Values.controller.podDisruptionBudget.maxUnavailable }}
  selector:
    matchLabels:
      linkerd.io/control-plane-component: {{ .component }}
{{- end }}
{{- end }}

{{- define "l5d.placement" -}}
nodeSelector:
  {{- toYaml .root.Values.nodeSelector | nindent 2 }}
{{- range $key := list "imagePullSecrets" "priorityClassName" "runtimeClassName" "tolerations" }}
{{- with get $.root.Values $key }}
{{ $key }}: {{ toJson . }}
{{- end }}
{{- end }}
{{- if .root.Values.enablePodAntiAffinity }}
affinity:
  podAntiAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      - topologyKey: kubernetes.io/hostname
        labelSelector:
          matchExpressions:
            - {key: linkerd.io/control-plane-component, operator: In, values: [{{ .component }}]}
{{- end }}
{{- end }}

{{- define "l5d.image" -}}
{{ .Values.controllerImage }}:{{ default .Values.linkerdVersion .Values.controllerImageVersion }}
{{- end }}

{{- /* One container: root, name, ports (name to number), resources. */ -}}
{{- define "l5d.container" -}}
- name: {{ .name }}
  image: {{ include "l5d.image" .root }}
  imagePullPolicy: {{ .root.Values.imagePullPolicy }}
  args: [{{ .name }}, -log-level={{ .root.Values.controllerLogLevel }}]
  ports:
    {{- range $port, $number := .ports }}
    - {name: {{ $port }}, containerPort: {{ $number }}}
    {{- end }}
  resources:
    {{- include "l5d.resources" .resources | nindent 4 }}
  securityContext:
    runAsNonRoot: true
    runAsUser: {{ .root.Values.controllerUID }}
    readOnlyRootFilesystem: true
    allowPrivilegeEscalation: false
    capabilities: {drop: [ALL]}
    seccompProfile: {type: RuntimeDefault}
{{- end }}
