# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Workloads: meshed, not meshed and why, lagging, and the pods that follow a header.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from .audit import Audit, Workload
from .html import Html, el, join
from .table import Row, badge, lines, note, table
from .words import count

REASONS = {
    "no_proxy": "has no proxy",
    "version": "proxy of another version",
    "trust_bundle": "does not trust every anchor",
    "settings": "proxy with other settings",
}


def workloads(audit: Audit) -> Html:
    parts = [_tally(audit)]
    if audit.lagging:
        parts += [el("h3", "Lagging proxies"), _table("Workloads whose proxies lag", audit.lagging)]
    if audit.unmeshed:
        parts += [el("h3", "Without a proxy"), _table("Workloads without a proxy, and why", audit.unmeshed)]
    if audit.ingress_mode:
        rows = [Row([one.workload, f"{one.pods:,}", one.source, one.policy.replace("_", " ")]) for one in audit.ingress_mode]
        columns = ["Workload", "Pods", "Mode from", "Routes"]
        parts += [el("h3", "In ingress mode"), table("Workloads whose proxy follows l5d-dst-override", columns, rows, class_="cards")]
    return join(parts)


def _tally(audit: Audit) -> Html:
    without = sum(one.pods for one in audit.unmeshed)
    meshed = f"{count(audit.meshed_pods, 'pod')} with a proxy, {without:,} without." if audit.meshed_pods is not None else ""
    lagging = "" if audit.lagging else "No proxy is known to lag."
    return el("p", " ".join(part for part in (meshed, lagging) if part))


def _table(caption: str, entries: t.Iterable[Workload]) -> Html:
    rows = [Row([one.name, f"{one.pods:,}", _why(one)]) for one in entries]
    return table(caption, ["Workload", "Pods", "Why"], rows, class_="cards")


def _why(one: Workload) -> Html:
    return lines(", ".join(REASONS.get(reason, reason) for reason in one.reasons), note(one.detail) if one.detail else "")


def cluster(audit: Audit) -> Html:
    """Versions, the control plane and the nodes."""
    linkerd = audit.linkerd
    facts = [
        ("Kubernetes", audit.kubernetes),
        ("Linkerd", linkerd.get("version", "") or ("not installed" if linkerd else "")),
        ("Chart", linkerd.get("chart_version", "")),
        ("Helm release", linkerd.get("release", "")),
        ("Namespace", linkerd.get("namespace", "")),
        ("Domain", linkerd.get("cluster_domain", "")),
    ]
    parts = [el("dl", *(el("div", el("dt", name), el("dd", value)) for name, value in facts if value), class_="facts")]
    missing = [one for one in linkerd.get("components", []) if not one["ready"]]
    if missing:
        parts.append(
            table(
                "Deployments of Linkerd that are not ready", ["Deployment", "Why"], [Row([one["name"], one["status"]]) for one in missing]
            )
        )
    if audit.nodes:
        rows = [Row([one["name"], one["architecture"], one["os"], one["kubelet"], _ready(ready=one["ready"])]) for one in audit.nodes]
        parts.append(table("Nodes", ["Node", "Architecture", "System", "Kubelet", "State"], rows, class_="cards"))
    return join(parts)


def _ready(*, ready: bool) -> Html:
    return badge("ready", "good") if ready else badge("not ready", "warn")
