# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One controller, one file: what is there is registered, and nothing else."""

from __future__ import annotations

import importlib

from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers import base, registry
from tools.build_copy import ROOT

FILES = sorted(path.stem for path in (ROOT / "plugins/module_utils/controllers").glob("*.py"))


def test_every_file_is_one_registered_controller_of_that_name() -> None:
    modules = [name for name in FILES if name not in ("base", "registry", "__init__")]
    assert sorted(registry.names()) == modules
    for name in modules:
        module = importlib.import_module(f"ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.{name}")
        own = [value for value in vars(module).values() if isinstance(value, base.Controller)]
        assert own == [controller for controller in registry.CONTROLLERS if controller.name == name]
