# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.pimesh.linkerd.plugins.filter.unknown_names import unknown_names


def test_unknown_names_come_sorted_and_with_the_nearest_known_one() -> None:
    known = ["web_port", "web_host"]
    assert unknown_names(["web_prot", "zzz", "web_host", "a"], known) == ["a", "web_prot (did you mean web_port?)", "zzz"]
    assert unknown_names(known, known) == []


@pytest.mark.parametrize(("names", "known"), [("web_port", []), ([1], []), ([], {"web_port": {}}), ([], None)])
def test_what_is_no_list_of_names_is_refused(names: object, known: object) -> None:
    with pytest.raises(AnsibleFilterError, match=r"pimesh\.linkerd\.unknown_names: .* is not a list of names"):
        unknown_names(names, known)
