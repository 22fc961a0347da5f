# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.model import OWNER_LABEL, OWNER_VALUE, Object
from ansible_collections.pimesh.linkerd.plugins.module_utils.objects.writing import Outcome, remove
from tests.unit.connect import Pauses, connect
from tests.unit.fake_api import FakeApi


def drawing(namespace: str, name: str = "drawing", *, ours: bool = True) -> Object:
    labels = {OWNER_LABEL: OWNER_VALUE} if ours else {}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace, "labels": labels}}


EVERYWHERE: Object = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "drawing", "namespace": "*"}}
UNKNOWN: Object = {"apiVersion": "things.example/v1", "kind": "Thing", "metadata": {"name": "drawing", "namespace": "*"}}
OBJECTS = [drawing("app"), drawing("one"), drawing("two"), drawing("one", "another"), drawing("three", ours=False)]


@pytest.fixture
def api() -> t.Iterator[FakeApi]:
    with FakeApi(OBJECTS) as fake:
        yield fake


def removed(api: FakeApi, *objects: Object, check: bool = False, **options: t.Any) -> list[str]:
    cluster = connect(api.url, pauses=Pauses())
    outcome: Outcome = remove(cluster, objects, **{"force": False, **options}, check_mode=check, wait_timeout=0)
    assert outcome.kept == []
    return sorted(f"{step.object.namespace}/{step.object.name}" for step in outcome.steps)


@pytest.mark.parametrize("force", [False, True])
def test_what_we_wrote_is_found_in_every_namespace_apart_from_what_is_wanted(api: FakeApi, force: bool) -> None:
    options: dict[str, t.Any] = {"wanted": [drawing("two")], "force": force}
    assert removed(api, EVERYWHERE, UNKNOWN, check=True, **options) == ["app/drawing", "one/drawing"]
    assert removed(api, EVERYWHERE, UNKNOWN, **options) == ["app/drawing", "one/drawing"]
    assert all(api.live("ConfigMap", *where) for where in (("another", "one"), ("drawing", "two"), ("drawing", "three")))
    assert removed(api, EVERYWHERE, force=force) == ["two/drawing"]
    assert api.live("ConfigMap", "drawing", "three")


def test_what_is_named_as_well_goes_once(api: FakeApi) -> None:
    assert removed(api, EVERYWHERE, drawing("one"), wanted=[drawing("two")]) == ["app/drawing", "one/drawing"]
