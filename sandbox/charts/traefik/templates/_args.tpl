{{- /*
# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
*/ -}}
{{- /* Every argument of the program, one per line, in the published chart's order. */ -}}
{{- define "traefik.args" -}}
{{- if not .Values.global.checkNewVersion }}
--global.checkNewVersion=false
{{- end }}
{{- if .Values.global.sendAnonymousUsage }}
--global.sendAnonymousUsage
{{- end }}
{{- range $name, $port := .Values.ports }}
{{- if $port }}
--entryPoints.{{ $name }}.address={{ $port.hostIP }}:{{ $port.port }}/{{ default "tcp" $port.protocol | lower }}
{{- with $port.asDefault }}
--entryPoints.{{ $name }}.asDefault={{ . }}
{{- end }}
{{- end }}
{{- end }}
{{- range $key, $value := .Values.api }}
{{- if kindIs "bool" $value }}
--api.{{ $key }}={{ $value }}
{{- else if $value }}
--api.{{ $key }}={{ $value }}
{{- end }}
{{- end }}
--ping=true
{{- with (.Values.metrics).prometheus }}
--metrics.prometheus=true
--metrics.prometheus.entrypoint={{ .entryPoint }}
{{- if .addRoutersLabels }}
--metrics.prometheus.addRoutersLabels=true
{{- end }}
{{- if not (kindIs "invalid" .addEntryPointsLabels) }}
--metrics.prometheus.addEntryPointsLabels={{ .addEntryPointsLabels }}
{{- end }}
{{- if not (kindIs "invalid" .addServicesLabels) }}
--metrics.prometheus.addServicesLabels={{ .addServicesLabels }}
{{- end }}
{{- end }}
{{- with .Values.tracing }}
{{- if not (kindIs "invalid" .sampleRate) }}
--tracing.sampleRate={{ .sampleRate }}
{{- end }}
{{- if .otlp.enabled }}
--tracing.otlp=true
{{- with .otlp.grpc }}
{{- if .enabled }}
--tracing.otlp.grpc=true
{{- with .endpoint }}
--tracing.otlp.grpc.endpoint={{ . }}
{{- end }}
--tracing.otlp.grpc.insecure={{ .insecure }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- include "traefik.providerArgs" . }}
{{- range $name, $port := .Values.ports }}
{{- if $port }}
{{- include "traefik.entryPointArgs" (dict "root" $ "name" $name "port" $port) }}
{{- end }}
{{- end }}
{{- with .Values.logs.general.format }}
--log.format={{ . }}
{{- end }}
{{- with .Values.logs.general.level }}
--log.level={{ upper . }}
{{- end }}
{{- with .Values.logs.access }}
{{- if .enabled }}
--accesslog=true
{{- with .format }}
--accesslog.format={{ . }}
{{- end }}
--accesslog.fields.defaultmode={{ .fields.general.defaultmode }}
--accesslog.fields.headers.defaultmode={{ .fields.headers.defaultmode }}
{{- end }}
{{- end }}
{{- range .Values.additionalArguments }}
{{ . }}
{{- end }}
{{- end }}

{{- define "traefik.entryPointArgs" -}}
{{- $flag := printf "--entryPoints.%s" .name -}}
{{- with .port.http }}
{{- with .middlewares }}
{{ $flag }}.http.middlewares={{ join "," . }}
{{- end }}
{{- with (.redirections).entryPoint }}
{{- $to := get $.root.Values.ports .to }}
{{- if not $to }}{{ fail (printf "ports.%s.http.redirections.entryPoint.to: there is no port %s" $.name .to) }}{{ end }}
{{ $flag }}.http.redirections.entryPoint.to=:{{ $to.exposedPort }}
{{- with .scheme }}
{{ $flag }}.http.redirections.entryPoint.scheme={{ . }}
{{- end }}
{{- with .priority }}
{{ $flag }}.http.redirections.entryPoint.priority={{ . }}
{{- end }}
{{- if hasKey . "permanent" }}
{{ $flag }}.http.redirections.entryPoint.permanent={{ .permanent }}
{{- end }}
{{- end }}
{{- if (.tls).enabled }}
{{ $flag }}.http.tls=true
{{- with .tls.options }}
{{ $flag }}.http.tls.options={{ . }}
{{- end }}
{{- with .tls.certResolver }}
{{ $flag }}.http.tls.certResolver={{ . }}
{{- end }}
{{- end }}
{{- end }}
{{- range $section := list "forwardedHeaders" "proxyProtocol" }}
{{- with get $.port $section }}
{{- with .trustedIPs }}
{{ $flag }}.{{ $section }}.trustedIPs={{ join "," . }}
{{- end }}
{{- if .insecure }}
{{ $flag }}.{{ $section }}.insecure
{{- end }}
{{- end }}
{{- end }}
{{- range $name, $value := ((.port.transport).respondingTimeouts) }}
{{- if not (kindIs "invalid" $value) }}
{{ $flag }}.transport.respondingTimeouts.{{ $name }}={{ $value }}
{{- end }}
{{- end }}
{{- end }}
