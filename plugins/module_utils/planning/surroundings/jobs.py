# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs beside a controller whose namespace injects everything: without native sidecars the proxy keeps them from ending.

Note that this module util is private to the collection.
"""

from __future__ import annotations

from ...findings import finding
from ...linkerd.annotations import INJECT, NATIVE_SIDECAR
from ...model import Finding, Object, Ref
from .view import View, some


def findings(view: View) -> list[Finding]:
    """The jobs were read only where the namespace injects and Linkerd has no native sidecars."""
    namespace = view.context.snapshot.namespace
    if ((namespace.get("metadata") or {}).get("annotations") or {}).get(NATIVE_SIDECAR) == "true":
        return []
    names = sorted(str(Ref.of(job)) for job in view.around.jobs if _injected(job))
    return [finding("L5D117", Ref("v1", "Namespace", view.workload.namespace), some(names))] if names else []


def _injected(job: Object) -> bool:
    annotations = (job["spec"]["template"].get("metadata") or {}).get("annotations") or {}
    return annotations.get(INJECT) != "disabled" and annotations.get(NATIVE_SIDECAR) != "true"
