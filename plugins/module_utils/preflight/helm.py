# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The helm that the play is going to run.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..findings import finding
from ..linkerd.releases import version
from ..model import Finding, Ref
from .view import Facts, Helm, View

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

OLDEST = (3, 16)
"""With an older one the roles were never tried."""


def ask(module: AnsibleModule, binary: str) -> Helm:
    """What C(helm version) says, or why it says nothing."""
    try:
        code, output, errors = module.run_command([binary, "version", "--template", "{{.Version}}"], handle_exceptions=False)
    except OSError as error:
        return Helm(binary, "", error.strerror or "it cannot be started")
    return Helm(binary, "", errors.strip() or f"it ended with {code}") if code else Helm(binary, output.strip(), "")


def facts(view: View) -> Facts:
    return {"version": view.helm.version} if view.helm else {}


def findings(view: View) -> list[Finding]:
    if view.helm is None or version(view.helm.version) >= OLDEST:
        return []
    said = view.helm.problem or f"its version is {view.helm.version or 'unknown'}"
    return [finding("L5D140", Ref("v1", "Program", view.helm.binary), said)]
