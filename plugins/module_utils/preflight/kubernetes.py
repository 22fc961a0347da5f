# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether Kubernetes and the Linkerd release fit.

Note that this module util is private to the collection.
"""

from __future__ import annotations

from ..findings import finding
from ..linkerd.releases import version
from ..model import Finding, Ref
from .view import View

SERVER = Ref("v1", "APIServer", "kubernetes")


def findings(view: View) -> list[Finding]:
    release = view.wanted.release
    running = version(view.version)[:2]
    named = f"Kubernetes {view.version}, Linkerd {release.name} (charts {view.wanted.chart_version})"
    if running < release.min_kubernetes:
        return [finding("L5D120", SERVER, f"{named} needs {_text(release.min_kubernetes)} or newer")]
    if running > release.max_kubernetes:
        return [finding("L5D121", SERVER, f"{named} is documented up to {_text(release.max_kubernetes)}")]
    return []


def _text(parts: tuple[int, int]) -> str:
    return ".".join(str(part) for part in parts)
