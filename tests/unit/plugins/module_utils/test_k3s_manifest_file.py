# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A handover written into the file that k3s applies."""

from __future__ import annotations

import pytest
import yaml

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import L5dError
from ansible_collections.pimesh.linkerd.plugins.module_utils.k3s.manifest_file import with_handover
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object

HANDOVER: Object = {
    "object": {"apiVersion": "helm.cattle.io/v1", "kind": "HelmChartConfig", "namespace": "kube-system", "name": "traefik"},
    "manifest": {"metadata": {"name": "traefik"}, "spec": {"failurePolicy": "abort"}},
    "helm_values": {"deployment": {"podAnnotations": {"linkerd.io/inject": "enabled"}}},
}
BEFORE = "# other things\napiVersion: v1\nkind: Namespace # here\nmetadata: {name:   a}\n--- # next\n"
FILE = """# house rules
apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata:
  name: traefik
  namespace: kube-system
spec:
  valuesContent: |-
    logs:
      access: {enabled: true}
"""
AFTER = "---\n# nothing more\n"


def test_only_the_document_that_is_meant_changes() -> None:
    text = with_handover(BEFORE + FILE + AFTER, HANDOVER)
    assert text.startswith(f"{BEFORE}# house rules\n")
    assert text.endswith(AFTER)
    obj = list(yaml.safe_load_all(text))[1]
    assert obj["spec"]["failurePolicy"] == "abort"
    assert yaml.safe_load(obj["spec"]["valuesContent"]) == {"logs": {"access": {"enabled": True}}, **HANDOVER["helm_values"]}
    assert "valuesContent: |" in text, "somebody has to read it"


def test_a_second_time_changes_nothing() -> None:
    once = with_handover(BEFORE + FILE, HANDOVER)
    assert with_handover(once, HANDOVER) == once


@pytest.mark.parametrize("text", ["", "---\n", BEFORE, FILE.replace("name: traefik", "name: other"), "# only words", "- a\n- list\n"])
def test_a_file_without_the_object_stays_to_the_letter(text: str) -> None:
    assert with_handover(text, HANDOVER) == text


@pytest.mark.parametrize(("text", "handover"), [("a: [", HANDOVER), (FILE, {}), (FILE, {"object": {}, "manifest": None})])
def test_what_cannot_be_used_is_refused(text: str, handover: Object) -> None:
    with pytest.raises(L5dError):
        with_handover(text, handover)
