# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings about viz, C(L5D170) to C(L5D184).

Note that this module util is private to the collection.
"""

from __future__ import annotations

from ..model import Severity
from .rule import Rule

VIZ: dict[str, Rule] = {
    "L5D170": Rule(
        Severity.WARNING,
        "Two namespaces claim to be the same extension",
        "Take the label linkerd.io/extension off the namespace that is not it any more.",
    ),
    "L5D171": Rule(
        Severity.ERROR,
        "Viz' dashboard answers to strangers' host names",
        "Name its hosts in linkerd_viz_dashboard_hosts, or set dashboard.enforcedHostRegexp to an anchored expression with escaped dots.",
    ),
    "L5D172": Rule(
        Severity.CRITICAL,
        "Viz' dashboard is exposed without asking who it is",
        "Expose it with linkerd_viz_dashboard_hosts, which adds a password, or add an authenticating middleware or annotation.",
    ),
    "L5D173": Rule(
        Severity.WARNING,
        "Viz asks a Prometheus that does not read the proxies' metrics",
        "Have the role linkerd_viz write PodMonitors (linkerd_viz_pod_monitors: always), or scrape as its README says.",
    ),
    "L5D174": Rule(
        Severity.WARNING,
        "A PodMonitor looks for port names that this Linkerd does not have",
        "Have the role linkerd_viz write PodMonitors for this release and delete the old one, or correct its regex.",
    ),
    "L5D175": Rule(
        Severity.ERROR,
        "The API server does not reach viz' tap, so that no namespace comes to an end",
        "See `kubectl get apiservice v1alpha1.tap.linkerd.io -o yaml` and `kubectl -n linkerd-viz get pods`; delete the APIService if viz is gone.",
    ),
    "L5D176": Rule(
        Severity.ERROR,
        "Viz' dashboard is exposed without TLS",
        "Give the route a certificate (linkerd_viz_dashboard_issuer or linkerd_viz_dashboard_tls_secret); passwords travel in the clear until then.",
    ),
    "L5D177": Rule(
        Severity.WARNING,
        "Viz is of another release than the control plane",
        "Run the role linkerd_viz with the control plane's chart version.",
    ),
}
