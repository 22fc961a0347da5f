# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Namespaces whose pods ask for a proxy and whose labels forbid what comes with one.

Note that this module util is private to the collection.
"""

from __future__ import annotations

from ..findings import finding
from ..linkerd.annotations import INJECT
from ..model import Finding, Object, Ref
from ..planning.surroundings.pod_security import ENFORCE
from .view import View


def findings(view: View) -> list[Finding]:
    """With the CNI plugin there is no linkerd-init, and baseline has nothing against the proxy."""
    exempt = {pod.namespace for pod in view.pods if pod.has_init}
    asking = {pod.namespace for pod in view.pods if pod.gets_proxy}
    forbidding = ("restricted",) if view.wanted.cni else ("baseline", "restricted")
    found = []
    for obj in view.namespaces:
        name, level = obj["metadata"]["name"], (obj["metadata"].get("labels") or {}).get(ENFORCE)
        if level in forbidding and name not in exempt and (name in asking or _asks(obj)):
            why = "the proxy does not drop all capabilities" if view.wanted.cni else "linkerd-init needs NET_ADMIN and NET_RAW"
            found.append(finding("L5D134", Ref.of(obj), f"it enforces {level}, and {why}"))
    return found


def _asks(namespace: Object) -> bool:
    return (namespace["metadata"].get("annotations") or {}).get(INJECT) in ("enabled", "ingress")
