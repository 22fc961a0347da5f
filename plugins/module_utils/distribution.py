# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose Kubernetes it is, by the version that the API server tells.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import re


def distribution(version: str) -> str:
    """C(k3s) of C(v1.36.3+k3s1); plain Kubernetes says nothing there."""
    match = re.search(r"[+-](k3s|rke2|gke|eks|k0s)", version)
    return match.group(1) if match else "kubernetes"
