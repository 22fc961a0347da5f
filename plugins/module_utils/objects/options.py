# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What l5d_apply can be given.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

_CHAINS_TO: dict[str, t.Any] = {
    "kind": {"type": "str", "choices": ["ConfigMap", "Secret"], "default": "ConfigMap"},
    "namespace": {"type": "str"},
    "name": {"type": "str", "required": True},
    "key": {"type": "str", "default": "ca-bundle.crt", "no_log": False},
}
_WAIT_FOR: dict[str, t.Any] = {
    "api_version": {"type": "str", "default": "v1"},
    "kind": {"type": "str", "required": True},
    "namespace": {"type": "str"},
    "name": {"type": "str", "required": True},
    "condition": {"type": "str"},
    "chains_to": {"type": "dict", "options": _CHAINS_TO},
}
_CHART: dict[str, t.Any] = {
    "ref": {"type": "str", "required": True},
    "version": {"type": "str"},
    "repo_url": {"type": "str"},
}
_RELEASE: dict[str, t.Any] = {
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str", "required": True},
}
_RELEASES: dict[str, t.Any] = {
    **_RELEASE,
    "chart": {"type": "dict", "required": True, "options": _CHART},
    "values": {"type": "dict"},
}
OPTIONS: dict[str, t.Any] = {
    "state": {
        "type": "str",
        "choices": ["present", "absent", "audit", "compared", "repaired", "uninstalled", "rendered"],
        "default": "present",
    },
    "dest": {"type": "path"},
    "values": {"type": "dict"},
    "chart": {"type": "dict", "options": _CHART},
    "binary_path": {"type": "path"},
    "resources": {"type": "list", "elements": "raw", "default": []},
    "obsolete": {"type": "list", "elements": "raw", "default": []},
    "expected": {"type": "list", "elements": "str", "default": []},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 180},
    "wait_for": {"type": "list", "elements": "dict", "default": [], "options": _WAIT_FOR},
    "force": {"type": "bool", "default": False},
    "release": {"type": "dict", "options": _RELEASE},
    "releases": {"type": "list", "elements": "dict", "default": [], "options": _RELEASES},
    "stale_after": {"type": "int", "default": 120},
}
