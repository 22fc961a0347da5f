# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings about installing and upgrading Linkerd's control plane, C(L5D150) to C(L5D169).

Note that this module util is private to the collection.
"""

from __future__ import annotations

from ..model import Severity
from .rule import Rule

CONTROL_PLANE: dict[str, Rule] = {
    "L5D150": Rule(
        Severity.ERROR,
        "Kubernetes has to be upgraded before Linkerd goes on",
        "Upgrade k3s, one minor version at a time, servers first; then run the playbook upgrade again, it goes on from where Linkerd is.",
    ),
    "L5D151": Rule(
        Severity.WARNING,
        "A release on the way is not known to run on a Kubernetes this new",
        "Expect the documented range to be careful; watch the control plane's logs after that step.",
    ),
    "L5D152": Rule(
        Severity.WARNING,
        "Linkerd's maintainers do not recommend this release",
        "Choose the release they name instead.",
    ),
    "L5D153": Rule(
        Severity.INFO,
        "This Linkerd was installed with its command line",
        "Nothing has to be done; Helm takes over its objects. Do not use `linkerd upgrade` on it any more.",
    ),
    "L5D154": Rule(
        Severity.WARNING,
        "Values of the installed release are not among the new ones",
        "Put those that you want to keep into linkerd_control_plane_values; `helm get values` shows them.",
    ),
    "L5D155": Rule(
        Severity.INFO,
        "Trust anchor and issuer leave Helm's hands and stay what they are",
        "Nothing has to be done now. Nobody renews them, as before: mind their dates, which `l5d_mesh_info` tells.",
    ),
}
