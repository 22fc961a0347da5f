{{- /*
# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
*/ -}}
{{- define "l5d.validateTracing" -}}
{{- $tracing := .Values.proxy.tracing }}
{{- $identity := $tracing.collector.meshIdentity }}
{{- if or $tracing.enabled $tracing.enable }}
{{- if not $tracing.collector.endpoint }}
{{- fail "proxy.tracing needs collector.endpoint" }}
{{- end }}
{{- if and (hasKey $identity "namespace") (not (and $identity.serviceAccountName $identity.namespace)) }}
{{- fail "proxy.tracing needs collector.meshIdentity.serviceAccountName and collector.meshIdentity.namespace" }}
{{- end }}
{{- end }}
{{- with .Values.controller.tracing }}
{{- if and .enabled (not (or .collector.endpoint $tracing.collector.endpoint)) }}
{{- fail "controller.tracing.enabled needs controller.tracing.collector.endpoint or proxy.tracing.collector.endpoint" }}
{{- end }}
{{- end }}
{{- end }}
