# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a PodMonitor has to be, and with which labels, for a Prometheus of the Prometheus operator's to take it up.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..errors import InputError
from ..linkerd.selectors import matches

if t.TYPE_CHECKING:
    from ..model import Object

Home = dict[str, t.Any]


def home(prometheuses: t.Sequence[Object], namespaces: t.Sequence[Object], preferred: str) -> Home:
    """Namespace and labels that suit each of them; the first of them decides where they differ and what they want can be had at once."""
    if not prometheuses:
        raise InputError(
            "Prometheus",
            "the Prometheus operator's kinds are served, but no Prometheus is there that would take up a PodMonitor",
            "Set linkerd_viz_pod_monitors to never and scrape as the role's README says, or name the labels with linkerd_viz_pod_monitor_labels.",
        )
    first = prometheuses[0]
    return {"namespace": _namespace(first, namespaces, preferred), "labels": _labels(first), "prometheus": _name(first)}


def takes(prometheus: Object, monitor: Object, namespaces: t.Sequence[Object]) -> bool:
    """Whether this Prometheus takes up this PodMonitor."""
    spec, meta = prometheus.get("spec") or {}, monitor["metadata"]
    if spec.get("podMonitorSelector") is None or not matches(spec["podMonitorSelector"], meta.get("labels") or {}):
        return False
    return _sees(prometheus, meta.get("namespace", ""), namespaces)


def _sees(prometheus: Object, namespace: str, namespaces: t.Sequence[Object]) -> bool:
    selector = (prometheus.get("spec") or {}).get("podMonitorNamespaceSelector")
    if selector is None:  # null is its own namespace only; an empty one is all
        return bool(namespace == prometheus["metadata"]["namespace"])
    return matches(selector, _labels_of(namespace, namespaces))


def _labels_of(name: str, namespaces: t.Sequence[Object]) -> dict[str, str]:
    """What the API server itself adds holds for namespaces that are not there yet, too."""
    found = next((item["metadata"].get("labels") or {} for item in namespaces if item["metadata"]["name"] == name), {})
    return {"kubernetes.io/metadata.name": name, **found}


def _namespace(prometheus: Object, namespaces: t.Sequence[Object], preferred: str) -> str:
    own = str(prometheus["metadata"]["namespace"])
    for candidate in (preferred, own, *sorted(str(item["metadata"]["name"]) for item in namespaces)):
        if _sees(prometheus, candidate, namespaces):
            return candidate
    raise InputError(
        _name(prometheus),
        "its podMonitorNamespaceSelector matches no namespace",
        f"Label a namespace for it; `kubectl -n {own} get prometheus {prometheus['metadata']['name']} -o yaml` shows the selector.",
    )


def _labels(prometheus: Object) -> dict[str, str]:
    """The fewest labels that its podMonitorSelector matches."""
    selector = (prometheus.get("spec") or {}).get("podMonitorSelector")
    if selector is None:
        raise InputError(
            _name(prometheus), "takes up no PodMonitors at all", "Set its podMonitorSelector; an empty one ({}) takes them all."
        )
    labels = dict(selector.get("matchLabels") or {})
    expressions = selector.get("matchExpressions") or []
    for wanted in expressions:
        key, operator = wanted["key"], wanted.get("operator")
        about = {"matchExpressions": [entry for entry in expressions if entry["key"] == key]}
        choices = wanted["values"] if operator == "In" else ["linkerd"] if operator == "Exists" else []
        if choices and key not in labels:
            labels[key] = next((value for value in choices if matches(about, {key: value})), choices[0])
    if not matches(selector, labels):
        raise InputError(_name(prometheus), "no labels satisfy its podMonitorSelector", "Correct the selector, it contradicts itself.")
    return labels


def _name(prometheus: Object) -> str:
    return f"Prometheus {prometheus['metadata']['namespace']}/{prometheus['metadata']['name']}"
