{{- /*
# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
*/ -}}
{{- define "l5d.validateTracing" -}}
{{- $collector := .Values.proxy.tracing.collector }}
{{- if .Values.proxy.tracing.enabled }}
{{- if not (and $collector.endpoint $collector.meshIdentity.serviceAccountName $collector.meshIdentity.namespace) }}
{{- fail "proxy.tracing.enabled needs collector.endpoint, collector.meshIdentity.serviceAccountName and .namespace" }}
{{- end }}
{{- end }}
{{- if .Values.controller.tracing.enabled }}
{{- if not (or .Values.controller.tracing.collector.endpoint $collector.endpoint) }}
{{- fail "controller.tracing.enabled needs controller.tracing.collector.endpoint or proxy.tracing.collector.endpoint" }}
{{- end }}
{{- end }}
{{- end }}
