# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Raspberry Pi k3s cluster in a few processes: real control plane, simulated nodes."""

from __future__ import annotations

from sandbox.audit import WriteEvent
from sandbox.cluster import Sandbox
from sandbox.errors import SandboxError

__all__ = ["Sandbox", "SandboxError", "WriteEvent"]
