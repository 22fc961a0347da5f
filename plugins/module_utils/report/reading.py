# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results of modules, as a play registered them, to an audit. Only what the report shows is taken; what is missing breaks nothing.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..findings import RULES
from ..model import Object, Ref, Severity
from . import certificates
from .audit import Audit, Controller, Extension, IngressMode, Noticed, Pods, Rotation, Route, Unread, Workload
from .redact import redact
from .words import listed

PROOFS = {
    "mesh_info": "linkerd",
    "ingress_mesh": "verdicts",
    "header_policy": "verdicts",
    "rollout": "lagging",
    "trust_anchor": "under_way",
    "tracing": "source",
    "preflight": "kubernetes",
}
"""A key that each result has when the module did not fail: a play that goes on after a failure hides that it failed."""

UNREACHABLE = "unreachable"
"""The code of a failure whose words differ with the call that met it, though its reason is one."""

TITLES = {
    "mesh_info": "Linkerd, its certificates and pods",
    "ingress_mesh": "the ingress controller",
    "header_policy": "the routes",
    "rollout": "the proxies",
    "trust_anchor": "the trust anchor",
    "tracing": "tracing",
    "preflight": "whether the cluster fits",
}


def read(name: str, results: t.Mapping[str, t.Any]) -> Audit:
    """One cluster."""
    runs = [(what, run) for what in sorted(results) for run in _runs(results[what])]
    good = [(what, run) for what, run in runs if not _failed(what, run)]
    info = next((run for what, run in good if what == "mesh_info"), {})
    policies = [run for what, run in good if what in ("header_policy", "ingress_mesh")]
    return Audit(
        name=redact(name),
        read=bool(good),
        unread=_unread([(what, run) for what, run in runs if _failed(what, run)], everything=not good),
        kubernetes=_text(_dict(info, "kubernetes"), "version"),
        linkerd=_linkerd(_dict(info, "linkerd")) if info else {},
        collector=_text(_dict(next((run for what, run in good if what == "tracing"), {}), "collector"), "endpoint"),
        nodes=tuple(sorted((_node(node) for node in _dicts(info, "nodes")), key=lambda node: str(node["name"]))),
        controllers=_unique(_controller(_dict(run, "controller")) for run in policies if _dict(run, "controller")),
        routes=_unique(_route(verdict) for run in policies for verdict in _dicts(run, "verdicts")),
        certificates=certificates.read(_dict(info, "certificates")),
        rotation=_rotation(next((run for what, run in good if what == "trust_anchor"), {})),
        extensions=_unique(_extension(entry) for entry in _dicts(info, "extensions")),
        pods=_pods(_dict(info, "pods")),
        unmeshed=_workloads(info, "unmeshed"),
        unmeshed_left_out=_number(info, "unmeshed_left_out") or 0,
        lagging=_workloads(next((run for what, run in good if what == "rollout"), info), "lagging"),
        ingress_mode=_unique(_ingress_mode(entry) for run in policies for entry in _dicts(run, "ingress_mode_pods")),
        findings=_findings(run for _what, run in good),
    )


def _runs(result: t.Any) -> list[Object]:
    """The results of a task, also of one with a loop."""
    if not isinstance(result, dict):
        return []
    return _dicts(result, "results") if isinstance(result.get("results"), list) else [result]


def _failed(what: str, run: Object) -> bool:
    return bool(run.get("failed")) or bool(run.get("failure")) or (what in PROOFS and PROOFS[what] not in run)


def _unread(runs: t.Iterable[tuple[str, Object]], *, everything: bool) -> tuple[Unread, ...]:
    """What failed for the same reason is said together."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for what, run in runs:
        failure = _dict(run, "failure")
        said = ": ".join(part for part in (_text(failure, "subject"), _text(failure, "reason")) if part)
        reason = said or _text(run, "msg") or "the module gave no result"
        same = UNREACHABLE if _text(failure, "code") == UNREACHABLE else reason
        found.setdefault((same, _text(failure, "remedy")), []).append((reason, TITLES.get(what, redact(what))))
    if everything and len(found) == 1:
        same, remedy = next(iter(found))
        return (Unread("the cluster", min(found[same, remedy])[0], remedy),)
    return tuple(
        sorted(Unread(listed(sorted({title for _reason, title in same})), min(same)[0], remedy) for (_key, remedy), same in found.items())
    )


def _findings(runs: t.Iterable[Object]) -> tuple[Noticed, ...]:
    found = {_noticed(entry) for run in runs for entry in _dicts(run, "findings")}
    return tuple(sorted(found, key=lambda one: (-one.severity, one.code, one.object, one.detail, one.title, one.remedy)))


def _noticed(entry: Object) -> Noticed:
    code, reason = _text(entry, "code"), _text(entry, "reason")
    rule = RULES.get(code)
    title = rule.title if rule and reason.startswith(rule.title) else reason.partition(": ")[0]
    detail = reason.removeprefix(title).removeprefix(": ")
    return Noticed(code, _severity(_text(entry, "severity")), title, detail, _text(entry, "remedy"), _ref(entry))


def _severity(word: str) -> Severity:
    return Severity.parse(word) if word.upper() in Severity.__members__ else Severity.WARNING


def _ref(entry: Object) -> Ref:
    found = entry.get("object")
    if not isinstance(found, dict):
        return Ref("", "", str(redact(found or "")))
    return Ref(*(_text(found, key) for key in ("apiVersion", "kind", "name", "namespace")))


def _route(entry: Object) -> Route:
    rule, backend, verdict, reason = (_text(entry, key) for key in ("rule", "backend", "verdict", "reason"))
    return Route(_ref(entry), rule, backend, verdict, entry.get("safe") is True, reason)


def _controller(entry: Object) -> Controller:
    name, version, workload, mode = (_text(entry, key) for key in ("name", "version", "workload", "mode"))
    return Controller(name, version, workload, mode, _number(entry, "pods") or 0)


def _ingress_mode(entry: Object) -> IngressMode:
    return IngressMode(
        _text(entry, "workload"), _number(entry, "pods") or 0, *(_text(entry, key) for key in ("source", "controller", "policy"))
    )


def _workloads(run: Object, key: str) -> tuple[Workload, ...] | None:
    return _unique(map(_workload, _dicts(run, key))) if isinstance(run.get(key), list) else None


def _workload(entry: Object) -> Workload:
    """Of the keys that differ between modules, whichever is there."""
    ref = _ref(entry) if "object" in entry else None
    name = str(ref) if ref and ref.kind else _text(entry, "workload") or (ref.name if ref else "")
    pods = entry.get("pods")
    reasons = entry.get("reasons")
    words = reasons if isinstance(reasons, list) else [entry.get("reason")]
    return Workload(
        name,
        len(pods) if isinstance(pods, list) else _number(entry, "pods") or 0,
        tuple(sorted({str(redact(word)) for word in words if word})),
        _text(entry, "detail"),
    )


def _rotation(run: Object) -> Rotation | None:
    if run.get("under_way") is not True:
        return None
    return Rotation(*(_text(run, key) for key in ("next", "why", "waiting_for")))


def _pods(entry: Object) -> Pods | None:
    total, meshed = _number(entry, "total"), _number(entry, "meshed")
    return Pods(total, meshed) if total is not None and meshed is not None else None


def _extension(entry: Object) -> Extension:
    name, namespace, version = (_text(entry, key) for key in ("name", "namespace", "version"))
    parts = [one for one in _dicts(entry, "components") if one.get("ready") is not True]
    missing = sorted({": ".join(part for part in (_text(one, "name"), _text(one, "status")) if part) for one in parts})
    return Extension(name, namespace, version, entry.get("ready") is True, tuple(missing))


def _linkerd(entry: Object) -> Object:
    release = _dict(entry, "release")
    return {
        "installed": entry.get("installed") is True,
        "ready": entry.get("ready") is True,
        **{key: _text(entry, key) for key in ("namespace", "version", "chart_version", "cluster_domain")},
        "release": f"{_text(release, 'namespace')}/{_text(release, 'name')} ({_text(release, 'status')})" if release else "",
        "components": sorted(
            (
                {"name": _text(one, "name"), "ready": one.get("ready") is True, "status": _text(one, "status")}
                for one in _dicts(entry, "components")
            ),
            key=lambda one: str(one["name"]),
        ),
    }


def _node(entry: Object) -> Object:
    return {**{key: _text(entry, key) for key in ("name", "architecture", "os", "kubelet")}, "ready": entry.get("ready") is True}


_Entry = t.TypeVar("_Entry", bound=tuple[t.Any, ...])


def _unique(entries: t.Iterable[_Entry]) -> tuple[_Entry, ...]:
    """Each once, in an order that does not depend on who said it first."""
    return tuple(sorted(set(entries)))


def _dict(entry: t.Any, key: str) -> Object:
    found = entry.get(key) if isinstance(entry, dict) else None
    return found if isinstance(found, dict) else {}


def _dicts(entry: Object, key: str) -> list[Object]:
    found = entry.get(key)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _text(entry: Object, key: str) -> str:
    found = entry.get(key)
    return "" if found is None else str(redact(found if isinstance(found, str) else str(found)))


def _number(entry: Object, key: str) -> int | None:
    found = entry.get(key)
    return found if isinstance(found, int) and not isinstance(found, bool) else None
