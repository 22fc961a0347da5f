{{- /*
# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
*/ -}}
{{- define "viz.service" }}
---
apiVersion: v1
kind: Service
metadata:
  {{- include "viz.meta" . }}
    {{- with .extraLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    {{- include "viz.createdBy" .root | nindent 4 }}
    linkerd.io/inject: enabled
    {{- with .annotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  type: ClusterIP
  selector:
    linkerd.io/extension: viz
    component: {{ .component }}
  ports:
    {{- toYaml .ports | nindent 4 }}
{{- end }}

{{- /* Wants: root, object (its own name, component and account), image, args, ports; may have: namespaced, checksum, volumes, unversioned. */ -}}
{{- define "viz.deployment" }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .object }}
  namespace: {{ .root.Release.Namespace }}
  annotations:
    {{- include "viz.createdBy" .root | nindent 4 }}
    linkerd.io/inject: enabled
    config.linkerd.io/proxy-await: enabled
  labels:
    {{- include "viz.labels" . | nindent 4 }}
    app.kubernetes.io/name: {{ .object }}
    app.kubernetes.io/part-of: Linkerd
    {{- if not .unversioned }}
    app.kubernetes.io/version: {{ .root.Values.linkerdVersion }}
    {{- end }}
spec:
  replicas: {{ default 1 .replicas }}
  revisionHistoryLimit: {{ .root.Values.revisionHistoryLimit }}
  selector:
    matchLabels:
      {{- include "viz.labels" (omit . "root" | merge (dict "root" (dict "Values" (dict) "Release" .root.Release))) | nindent 6 }}
  template:
    metadata:
      annotations:
        {{- with .checksum }}
        checksum/config: {{ . }}
        {{- end }}
        {{- include "viz.createdBy" .root | nindent 8 }}
        linkerd.io/inject: enabled
        config.alpha.linkerd.io/proxy-wait-before-exit-seconds: "0"
        {{- if .evictable }}
        cluster-autoscaler.kubernetes.io/safe-to-evict: "true"
        {{- end }}
      labels:
        {{- include "viz.labels" (omit . "root" | merge (dict "root" (dict "Values" (dict) "Release" .root.Release))) | nindent 8 }}
        {{- with .root.Values.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      serviceAccountName: {{ .object }}
      automountServiceAccountToken: false
      nodeSelector:
        {{- toYaml .root.Values.nodeSelector | nindent 8 }}
      {{- with .root.Values.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: {{ .object }}
          image: {{ default .root.Values.defaultRegistry .image.registry }}/{{ .image.name }}:{{ default .root.Values.linkerdVersion .image.tag }}
          imagePullPolicy: {{ default .root.Values.defaultImagePullPolicy .image.pullPolicy }}
          args:
            {{- toYaml .args | nindent 12 }}
          ports:
            {{- range $name, $number := .ports }}
            - {name: {{ $name }}, containerPort: {{ $number }}}
            {{- end }}
          securityContext:
            allowPrivilegeEscalation: false
            capabilities: {drop: [ALL]}
            readOnlyRootFilesystem: true
            runAsNonRoot: true
            runAsUser: {{ .root.Values.defaultUID }}
            runAsGroup: {{ .root.Values.defaultGID }}
            seccompProfile: {type: RuntimeDefault}
          volumeMounts:
            - mountPath: /var/run/secrets/kubernetes.io/serviceaccount
              name: kube-api-access
              readOnly: true
      volumes:
        {{- with .volumes }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
        - name: kube-api-access
          projected:
            sources:
              - serviceAccountToken: {path: token, expirationSeconds: 3607}
{{- end }}
