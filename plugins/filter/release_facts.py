# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a Linkerd release needs and does, by the version of its charts."""

from __future__ import annotations

import typing as t

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import InputError
from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.release_facts import facts_of
from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.releases import RELEASES, release_for
from ansible_collections.pimesh.linkerd.plugins.plugin_utils.normalise import call


def release_facts(chart_version: t.Any) -> dict[str, t.Any]:
    return call("release_facts", _release_facts, chart_version)


def _release_facts(chart_version: t.Any) -> dict[str, t.Any]:
    release = release_for(chart_version) if isinstance(chart_version, str) else None
    if release is None:
        oldest = RELEASES[0]
        raise InputError(
            repr(chart_version),
            "is no chart version of a Linkerd release that is known",
            f"The oldest is {oldest.chart_version} (Linkerd {oldest.name}); versions look like 2026.6.3.",
        )
    return facts_of(release)


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"release_facts": release_facts}
