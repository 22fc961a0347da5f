{{- /*
# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
*/ -}}
{{- /* Arguments of the three Kubernetes providers, one per line. */ -}}
{{- define "traefik.providerArgs" -}}
{{- $crd := .Values.providers.kubernetesCRD -}}
{{- $ingress := .Values.providers.kubernetesIngress -}}
{{- $gateway := .Values.providers.kubernetesGateway -}}
{{- if $crd.enabled }}
--providers.kubernetescrd
{{- with $crd.labelSelector }}
--providers.kubernetescrd.labelSelector={{ . }}
{{- end }}
{{- with $crd.ingressClass }}
--providers.kubernetescrd.ingressClass={{ . }}
{{- end }}
{{- if $crd.allowCrossNamespace }}
--providers.kubernetescrd.allowCrossNamespace=true
{{- end }}
{{- with $crd.crossProviderNamespaces }}
--providers.kubernetescrd.crossProviderNamespaces={{ join "," . }}
{{- end }}
{{- if $crd.allowExternalNameServices }}
--providers.kubernetescrd.allowExternalNameServices=true
{{- end }}
{{- if not (kindIs "invalid" $crd.allowEmptyServices) }}
--providers.kubernetescrd.allowEmptyServices={{ $crd.allowEmptyServices }}
{{- end }}
{{- if $crd.nativeLBByDefault }}
--providers.kubernetescrd.nativeLBByDefault=true
{{- end }}
{{- end }}
{{- if $ingress.enabled }}
--providers.kubernetesingress
{{- if $ingress.allowExternalNameServices }}
--providers.kubernetesingress.allowExternalNameServices=true
{{- end }}
{{- with $ingress.crossProviderNamespaces }}
--providers.kubernetesingress.crossProviderNamespaces={{ join "," . }}
{{- end }}
{{- if not (kindIs "invalid" $ingress.allowEmptyServices) }}
--providers.kubernetesingress.allowEmptyServices={{ $ingress.allowEmptyServices }}
{{- end }}
{{- if and $ingress.publishedService.enabled (or .Values.service.enabled $ingress.publishedService.pathOverride) }}
--providers.kubernetesingress.ingressendpoint.publishedservice={{ default (printf "%s/%s" .Release.Namespace (include "traefik.fullname" .)) $ingress.publishedService.pathOverride }}
{{- end }}
{{- with $ingress.labelSelector }}
--providers.kubernetesingress.labelSelector={{ . }}
{{- end }}
{{- with $ingress.ingressClass }}
--providers.kubernetesingress.ingressClass={{ . }}
{{- end }}
{{- if $ingress.nativeLBByDefault }}
--providers.kubernetesingress.nativeLBByDefault=true
{{- end }}
{{- end }}
{{- if and $crd.enabled $crd.namespaces }}
--providers.kubernetescrd.namespaces={{ join "," $crd.namespaces }}
{{- end }}
{{- if $gateway.enabled }}
--providers.kubernetesgateway
{{- if .Values.service.enabled }}
--providers.kubernetesgateway.statusaddress.service.name={{ include "traefik.fullname" . }}
--providers.kubernetesgateway.statusaddress.service.namespace={{ .Release.Namespace }}
{{- end }}
{{- if $gateway.nativeLBByDefault }}
--providers.kubernetesgateway.nativeLBByDefault=true
{{- end }}
{{- with $gateway.crossProviderNamespaces }}
--providers.kubernetesgateway.crossProviderNamespaces={{ join "," . }}
{{- end }}
{{- with $gateway.namespaces }}
--providers.kubernetesgateway.namespaces={{ join "," . }}
{{- end }}
{{- with $gateway.labelSelector }}
--providers.kubernetesgateway.labelSelector={{ . }}
{{- end }}
{{- end }}
{{- if and $ingress.enabled $ingress.namespaces }}
--providers.kubernetesingress.namespaces={{ join "," $ingress.namespaces }}
{{- end }}
{{- end }}
