# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Linkerd's annotation and label keys, and which values its injector accepts.

Source: linkerd2 pkg/k8s/labels.go, and recorded injector answers (values are exact: C(Ingress), C(true) and C(yes)
mean not injected, silently).

Note that this module util is private to the collection.
"""

from __future__ import annotations

INJECT = "linkerd.io/inject"
INJECT_VALUES = ("enabled", "ingress", "disabled")
SKIP_INBOUND = "config.linkerd.io/skip-inbound-ports"
SKIP_OUTBOUND = "config.linkerd.io/skip-outbound-ports"
INBOUND_POLICY = "config.linkerd.io/default-inbound-policy"
OPAQUE_PORTS = "config.linkerd.io/opaque-ports"
NATIVE_SIDECAR = "config.linkerd.io/proxy-enable-native-sidecar"
CONFIG_PREFIX = "config.linkerd.io/"
CONTROL_PLANE_LABEL = "linkerd.io/control-plane-ns"
WORKLOAD_NAMESPACE_LABEL = "linkerd.io/workload-ns"
PROXY_OWNER_LABEL = "linkerd.io/proxy-"
COMPONENT_LABEL = "linkerd.io/control-plane-component"
EXTENSION_LABEL = "linkerd.io/extension"
CREATED_BY = "linkerd.io/created-by"
WEBHOOKS_DISABLED_LABEL = "config.linkerd.io/admission-webhooks"
PROXY_CONTAINER = "linkerd-proxy"
INGRESS_MODE_ENV = "LINKERD2_PROXY_INGRESS_MODE"
