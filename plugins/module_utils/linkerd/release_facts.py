# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a Linkerd release needs and does, as plain data for plays.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from .releases import NOT_RECOMMENDED, Release


def facts_of(release: Release) -> dict[str, t.Any]:
    return {
        "name": release.name,
        "line": release.line,
        "min_kubernetes": ".".join(str(part) for part in release.min_kubernetes),
        "max_kubernetes": ".".join(str(part) for part in release.max_kubernetes),
        "gateway_api": list(release.gateway_api),
        "architectures": list(release.architectures),
        "native_sidecar_default": release.native_sidecar_default,
        "has_jaeger_extension": release.has_jaeger_extension,
        "default_iptables_mode": release.default_iptables_mode,
        "installs_gateway_api": release.installs_gateway_api,
        "gateway_api_keys": list(release.gateway_api_keys),
        "has_proxy_init_image": release.has_proxy_init_image,
        "has_policy_controller_image": release.has_policy_controller_image,
        "cni_has_iptables_mode": release.cni_has_iptables_mode,
        "admin_ports": list(release.admin_ports),
        "viz_admin_port": release.viz_admin_port,
        "viz_namespace_job_optional": release.viz_namespace_job_optional,
        "viz_prometheus_credentials": release.viz_prometheus_credentials,
        "use_instead": NOT_RECOMMENDED.get(release.chart_version, ""),
        "traces_by_otlp": release.traces_by_otlp,
        "traces_to_trust_domain": release.traces_to_trust_domain,
    }
