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

FEW = 8
"""Of so many objects nobody wants to fold any away."""

REASONS = {
    "no_proxy": "has no proxy",
    "version": "proxy of another version",
    "trust_bundle": "other trust bundle than the one in force",
    "settings": "proxy with other settings",
    "unwanted_proxy": "proxy that it should not have",
    "age": "proxy made too long ago",
}


def workloads(audit: Audit) -> Html:
    parts = [_tally(audit)]
    if audit.lagging:
        parts += [el("h3", "Lagging proxies"), _table("Workloads whose proxies lag", audit.lagging)]
    if audit.unmeshed:
        parts += [el("h3", "Without a proxy"), *_unmeshed(audit)]
    if audit.ingress_mode:
        rows = [Row([one.workload, f"{one.pods:,}", one.source, one.policy.replace("_", " ")]) for one in audit.ingress_mode]
        columns = ["Workload", "Pods", "Mode from", "Routes"]
        parts += [el("h3", "In ingress mode"), table("Workloads whose proxy follows l5d-dst-override", columns, rows, class_="cards")]
    return join(parts)


def _tally(audit: Audit) -> Html:
    words = []
    if audit.pods is not None:
        words.append(f"{audit.pods.meshed:,} of {count(audit.pods.total, 'pod')} {'has' if audit.pods.meshed == 1 else 'have'} a proxy.")
    if not audit.lagging:
        words.append("The proxies were not looked at." if audit.lagging is None else "No proxy lags.")
    return el("p", " ".join(words))


def _unmeshed(audit: Audit) -> t.Iterator[Html]:
    """By the reason: most of them share one."""
    together: dict[tuple[str, ...], list[Workload]] = {}
    for one in audit.unmeshed or ():
        together.setdefault(one.reasons, []).append(one)
    for reasons, found in sorted(together.items(), key=lambda item: (-len(item[1]), item[0])):
        heading = el("span", _words(reasons) or "no reason is known", f" ({count(len(found), 'workload')})")
        objects = [el("li", one.name, f", {count(one.pods, 'pod')}", f": {one.detail}" if one.detail else "") for one in found]
        yield el("details", el("summary", heading), el("ul", *objects, class_="objects"), class_="reason", open=len(found) <= FEW)
    if audit.unmeshed_left_out:
        yield el("p", f"And {count(audit.unmeshed_left_out, 'more workload')}, which the audit did not list.")


def _table(caption: str, entries: t.Iterable[Workload]) -> Html:
    rows = [Row([one.name, f"{one.pods:,}", _why(one)]) for one in entries]
    return table(caption, ["Workload", "Pods", "Why"], rows, class_="cards")


def _why(one: Workload) -> Html:
    return lines(_words(one.reasons), note(one.detail))


def _words(reasons: t.Iterable[str]) -> str:
    return ", ".join(REASONS.get(reason, reason) for reason in reasons)


def cluster(audit: Audit) -> Html:
    """Versions, the control plane and the nodes."""
    linkerd = audit.linkerd
    facts = [
        ("Kubernetes", audit.kubernetes),
        ("Linkerd", linkerd["version"] or ("installed" if linkerd["installed"] else "not installed") if linkerd else "not looked at"),
        ("Chart", linkerd.get("chart_version", "")),
        ("Helm release", linkerd.get("release", "")),
        ("Namespace", linkerd.get("namespace", "")),
        ("Domain", linkerd.get("cluster_domain", "")),
        ("Traces go to", audit.collector),
    ]
    parts = [el("dl", *(el("div", el("dt", name), el("dd", value)) for name, value in facts if value), class_="facts")]
    missing = [one for one in linkerd.get("components", []) if not one["ready"]]
    if missing:
        parts.append(
            table(
                "Deployments of Linkerd that are not ready", ["Deployment", "Why"], [Row([one["name"], one["status"]]) for one in missing]
            )
        )
    if audit.extensions:
        rows = [
            Row([one.name, one.namespace, one.version, lines(_ready(ready=one.ready), *map(note, one.missing))]) for one in audit.extensions
        ]
        parts.append(table("Extensions of Linkerd", ["Extension", "Namespace", "Version", "State"], rows, class_="cards"))
    if audit.nodes:
        rows = [Row([one["name"], one["architecture"], one["os"], one["kubelet"], _ready(ready=one["ready"])]) for one in audit.nodes]
        parts.append(table("Nodes", ["Node", "Architecture", "System", "Kubelet", "State"], rows, class_="cards"))
    return join(parts)


def _ready(*, ready: bool) -> Html:
    return badge("ready", "good") if ready else badge("not ready", "warn")
