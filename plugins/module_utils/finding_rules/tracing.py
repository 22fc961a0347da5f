# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings about distributed tracing, C(L5D185) to C(L5D199).

Note that this module util is private to the collection.
"""

from __future__ import annotations

from ..model import Severity
from .rule import Rule

TRACING: dict[str, Rule] = {
    "L5D185": Rule(
        Severity.ERROR,
        "There is no Service for the trace collector",
        "Create it, or correct the endpoint: kubectl get services --all-namespaces shows those that there are.",
    ),
    "L5D186": Rule(
        Severity.ERROR,
        "The trace collector's Service has no such port",
        "Name a port of the Service; charts such as Tempo's open 4317 only when their receiver for OpenTelemetry by gRPC is switched on.",
    ),
    "L5D187": Rule(
        Severity.ERROR,
        "The trace collector is not in the mesh, and proxies export to one in the mesh only",
        "Annotate its pod template with linkerd.io/inject: enabled, in a namespace that the injector serves, and restart it.",
    ),
    "L5D188": Rule(
        Severity.ERROR,
        "The trace collector is not who the proxies expect",
        "Give the ServiceAccount and the namespace of its pods: they are the name in its certificate.",
    ),
    "L5D189": Rule(
        Severity.ERROR,
        "The trace collector's port goes past its proxy",
        "Take the port out of skip-inbound-ports and restart the collector: proxies export by mutual TLS, which only its proxy speaks.",
    ),
    "L5D190": Rule(
        Severity.ERROR,
        "This release looks for the trace collector's identity in the wrong domain",
        "Upgrade to chart 2026.7.1 or newer, or do without tracing (linkerd_jaeger_state: absent).",
    ),
    "L5D191": Rule(
        Severity.WARNING,
        "The linkerd-jaeger extension is still there, and this Linkerd has outgrown it",
        "Set linkerd_jaeger_migration to switch, or to keep_collector; the guide on tracing says what each does.",
    ),
    "L5D192": Rule(
        Severity.WARNING,
        "Annotations of the linkerd-jaeger extension that nothing reads any more",
        "Remove them: since Linkerd 2.19 all proxies export to the one collector of the control plane's settings.",
    ),
    "L5D193": Rule(
        Severity.WARNING,
        "The trace collector's pods are older than their namespace's or template's wish for a proxy",
        "Restart the workload, for example with kubectl rollout restart.",
    ),
    "L5D194": Rule(
        Severity.WARNING,
        "No pod stands behind the trace collector's Service",
        "Look at its selector and at the workload: kubectl get endpointslices in its namespace shows who answers.",
    ),
    "L5D195": Rule(
        Severity.WARNING,
        "The control plane does not tell its proxies about this trace collector",
        "Set linkerd_control_plane_tracing and run that role; the site playbook does it by itself.",
    ),
    "L5D196": Rule(
        Severity.INFO,
        "There is a trace collector that is not used",
        "Name the one to use in linkerd_jaeger_collector; it has to be in the mesh.",
    ),
    "L5D197": Rule(
        Severity.INFO,
        "The ingress controller's tracing is set by somebody else",
        "Point it at the meshed collector there, or take it out there and run l5d_ingress_mesh again.",
    ),
}
