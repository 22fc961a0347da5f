# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the sandbox says when it cannot do what it was asked."""

from __future__ import annotations


class SandboxError(Exception):
    """Names the object, the reason and the remedy."""
