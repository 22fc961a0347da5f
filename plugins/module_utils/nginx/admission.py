# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The chart's admission Jobs, which a namespace annotation would give a proxy that keeps them from ever finishing.

Source: templates/admission-webhooks of chart 4.15.1: hooks of each install and upgrade, so that Helm waits for them.

Note that this module util is private to the collection.
"""

from __future__ import annotations

from ..findings import finding
from ..linkerd.annotations import INJECT
from ..model import Finding, Ref
from ..planning.snapshot import Snapshot
from ..routes.base import mapping
from .flags import Flags

WEBHOOK_FLAG = "validating-webhook"


def findings(snapshot: Snapshot, flags: Flags) -> list[Finding]:
    annotations = mapping(mapping(snapshot.namespace.get("metadata")).get("annotations"))
    native = snapshot.linkerd is None or snapshot.linkerd.native_sidecar
    if native or annotations.get(INJECT) not in ("enabled", "ingress") or not flags.value(WEBHOOK_FLAG):
        return []
    return [finding("L5D237", Ref.of(snapshot.workload), f"namespace {snapshot.workload['metadata']['namespace']} is annotated {INJECT}")]
