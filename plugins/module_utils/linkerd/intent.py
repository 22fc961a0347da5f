# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what somebody wants of the mesh for a pod to the annotations that say so.

Source: linkerd2 pkg/k8s/labels.go and pkg/inject for keys and values, and recorded injector answers.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import difflib
import typing as t

from ..errors import InputError
from . import ports
from .annotations import CONFIG_PREFIX, INBOUND_POLICY, INJECT, INJECT_VALUES, OPAQUE_PORTS, SKIP_INBOUND, SKIP_OUTBOUND

POLICIES = ("all-unauthenticated", "all-authenticated", "cluster-unauthenticated", "cluster-authenticated", "deny", "audit")
_QUANTITIES = ("proxy_cpu_request", "proxy_cpu_limit", "proxy_memory_request", "proxy_memory_limit")
_KNOWN = ("mode", "skip_inbound_ports", "skip_outbound_ports", "opaque_ports", "default_inbound_policy", *_QUANTITIES)
Names = t.Mapping[str, int]


def skip_annotations(
    skip_inbound: t.Any,
    skip_outbound: t.Any,
    *,
    names: Names | None = None,
    default_inbound: str = ports.DEFAULT_SKIP,
    default_outbound: str = ports.DEFAULT_SKIP,
) -> dict[str, str]:
    """Port lists keep the installation's defaults, which an annotation replaces; an empty list needs none."""
    result = {}
    for key, value, known, default in (
        (SKIP_INBOUND, skip_inbound, names, default_inbound),
        (SKIP_OUTBOUND, skip_outbound, None, default_outbound),
    ):
        chosen = ports.parse(value, names=known, subject=key)
        if chosen:
            result[key] = ports.render(ports.merge([*chosen, *ports.parse(default, subject=key)]))
    return result


def intent_annotations(
    intent: t.Mapping[str, t.Any], names: Names | None = None, default_inbound: str = "", default_outbound: str = ""
) -> dict[str, str]:
    """Annotations of a pod template for an intent as people write it. What Linkerd would ignore silently is refused."""
    _refuse_unknown(intent)
    mode = _one_of("mode", intent.get("mode"), INJECT_VALUES)
    rest = {key: value for key, value in intent.items() if key != "mode" and value not in (None, "", [])}
    if mode == "disabled" and rest:
        raise InputError(min(rest), "means nothing to a pod without a proxy", "Leave it out, or choose another mode.")
    result = {INJECT: mode}
    result |= skip_annotations(
        rest.get("skip_inbound_ports", []),
        rest.get("skip_outbound_ports", []),
        names=names,
        default_inbound=default_inbound,
        default_outbound=default_outbound,
    )
    if "opaque_ports" in rest:
        result[OPAQUE_PORTS] = ports.render(ports.parse(rest["opaque_ports"], names=names, subject="opaque_ports"))
    if "default_inbound_policy" in rest:
        result[INBOUND_POLICY] = _one_of("default_inbound_policy", rest["default_inbound_policy"], POLICIES)
    return result | {f"{CONFIG_PREFIX}{key.replace('_', '-')}": str(rest[key]) for key in _QUANTITIES if key in rest}


def _refuse_unknown(intent: t.Mapping[str, t.Any]) -> None:
    for key in intent:
        if key not in _KNOWN:
            near = difflib.get_close_matches(str(key), _KNOWN, n=1)
            raise InputError(repr(key), "is not known", f"Did you mean {near[0]}?" if near else f"Known are {', '.join(_KNOWN)}.")


def _one_of(subject: str, value: t.Any, known: t.Sequence[str]) -> str:
    if value not in known:
        raise InputError(subject, f"{value!r} is none that Linkerd knows", f"Use {', '.join(known[:-1])} or {known[-1]}.")
    return str(value)
