{{- /*
# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
*/ -}}
{{- define "nginx.args" -}}
{{- $own := printf "%s/%s" "$(POD_NAMESPACE)" (include "nginx.controller" .) }}
- /nginx-ingress-controller
{{- if .Values.defaultBackend.enabled }}
- --default-backend-service=$(POD_NAMESPACE)/{{ include "nginx.fullname" . }}-{{ .Values.defaultBackend.name }}
{{- end }}
{{- if .Values.controller.service.enabled }}
- --publish-service={{ $own }}
{{- end }}
- --election-id={{ include "nginx.fullname" . }}-leader
- --controller-class={{ .Values.controller.ingressClassResource.controllerValue }}
{{- with .Values.controller.ingressClass }}
- --ingress-class={{ . }}
{{- end }}
- --configmap={{ $own }}
{{- range $protocol := list "tcp" "udp" }}
{{- if get $.Values $protocol }}
- --{{ $protocol }}-services-configmap=$(POD_NAMESPACE)/{{ include "nginx.fullname" $ }}-{{ $protocol }}
{{- end }}
{{- end }}
{{- if .Values.controller.scope.enabled }}
- --watch-namespace={{ default "$(POD_NAMESPACE)" .Values.controller.scope.namespace }}
{{- end }}
{{- with .Values.controller.admissionWebhooks }}
{{- if .enabled }}
- --validating-webhook=:{{ .port }}
- --validating-webhook-certificate={{ .certificate }}
- --validating-webhook-key={{ .key }}
{{- end }}
{{- end }}
{{- if .Values.controller.ingressClassByName }}
- --ingress-class-by-name=true
{{- end }}
{{- if .Values.controller.watchIngressWithoutClass }}
- --watch-ingress-without-class=true
{{- end }}
{{- if .Values.controller.metrics.enabled }}
- --enable-metrics=true
{{- end }}
{{- range $name, $value := .Values.controller.extraArgs }}
- --{{ $name }}{{ if ne (toString $value) "" }}={{ $value }}{{ end }}
{{- end }}
{{- end }}
