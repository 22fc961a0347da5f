{{- /*
# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
*/ -}}
{{- /* The proxy of a control-plane pod: enough to be told apart, versioned and counted like the real one. */ -}}
{{- define "l5d.proxyImage" -}}
{{ .Values.proxy.image.name }}:{{ default .Values.linkerdVersion .Values.proxy.image.version }}
{{- end }}

{{- define "l5d.init" -}}
{{- if not (has .Values.proxyInit.iptablesMode (list "nft" "legacy")) }}
{{- fail (printf "proxyInit.iptablesMode is %q; only nft and legacy exist" .Values.proxyInit.iptablesMode) }}
{{- end }}
{{- if .Values.cniEnabled }}
- name: linkerd-network-validator
  image: {{ include "l5d.proxyImage" . }}
  imagePullPolicy: {{ default .Values.imagePullPolicy .Values.proxy.image.pullPolicy }}
  command: [/usr/lib/linkerd/linkerd2-network-validator]
  resources: {}
  securityContext:
    runAsNonRoot: true
    runAsUser: 65534
    readOnlyRootFilesystem: true
    allowPrivilegeEscalation: false
    capabilities: {drop: [ALL]}
    seccompProfile: {type: RuntimeDefault}
{{- else }}
- name: linkerd-init
  {{- with .Values.proxyInit.image }}
  image: {{ .name }}:{{ .version }}
  imagePullPolicy: {{ default $.Values.imagePullPolicy .pullPolicy }}
  {{- else }}
  image: {{ include "l5d.proxyImage" . }}
  imagePullPolicy: {{ default .Values.imagePullPolicy .Values.proxy.image.pullPolicy }}
  command: [/usr/lib/linkerd/linkerd2-proxy-init]
  {{- end }}
  args:
    - --inbound-ports-to-ignore
    - {{ printf "%v,%v,%s" .Values.proxy.ports.control .Values.proxy.ports.admin .Values.proxyInit.ignoreInboundPorts | quote }}
    - --outbound-ports-to-ignore
    - {{ .Values.proxyInit.kubeAPIServerPorts | quote }}
  resources: {}
  volumeMounts:
    - mountPath: {{ .Values.proxyInit.xtMountPath.mountPath }}
      name: {{ .Values.proxyInit.xtMountPath.name }}
{{- end }}
{{- end }}

{{- define "l5d.proxy" -}}
- name: linkerd-proxy
  image: {{ include "l5d.proxyImage" .root }}
  imagePullPolicy: {{ default .root.Values.imagePullPolicy .root.Values.proxy.image.pullPolicy }}
  {{- if .native }}
  restartPolicy: Always
  {{- end }}
  env:
    - name: LINKERD2_PROXY_LOG
      value: {{ .root.Values.proxy.logLevel | quote }}
    - name: LINKERD2_PROXY_INBOUND_DEFAULT_POLICY
      value: {{ .root.Values.proxy.defaultInboundPolicy | quote }}
    - name: LINKERD2_PROXY_IDENTITY_TRUST_ANCHORS
      valueFrom:
        configMapKeyRef:
          name: linkerd-identity-trust-roots
          key: ca-bundle.crt
  ports:
    - name: linkerd-proxy
      containerPort: {{ .root.Values.proxy.ports.inbound }}
    - name: linkerd-admin
      containerPort: {{ .root.Values.proxy.ports.admin }}
  resources:
    {{- include "l5d.resources" (default .root.Values.proxy.resources .resources) | nindent 4 }}
  securityContext:
    runAsNonRoot: true
    runAsUser: {{ .root.Values.proxy.uid }}
    readOnlyRootFilesystem: true
    allowPrivilegeEscalation: false
    {{- with .root.Values.proxy.capabilities }}
    capabilities: {{ toJson . }}
    {{- end }}
    seccompProfile: {type: RuntimeDefault}
  volumeMounts:
    - mountPath: /var/run/linkerd/identity/end-entity
      name: linkerd-identity-end-entity
    - mountPath: /var/run/secrets/tokens
      name: linkerd-identity-token
{{- end }}

{{- define "l5d.volumes" -}}
- name: kube-api-access
  projected:
    sources:
      - serviceAccountToken: {path: token, expirationSeconds: 3607}
- name: {{ .Values.proxyInit.xtMountPath.name }}
  emptyDir: {}
- name: linkerd-identity-token
  projected:
    sources:
      - serviceAccountToken: {path: linkerd-identity-token, expirationSeconds: 86400, audience: identity.l5d.io}
- name: linkerd-identity-end-entity
  emptyDir: {medium: Memory}
{{- end }}
