# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""l5d_apply, state audit: one look says whether there is anything to do."""

from __future__ import annotations

import json
import types
import typing as t

import pytest
import yaml

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import L5dError
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import OWNER_LABEL, OWNER_VALUE, Object
from ansible_collections.pimesh.linkerd.plugins.module_utils.objects.states import apply
from tests.unit.connect import Pauses, connect
from tests.unit.fake_api import FakeApi
from tests.unit.helm_records import revision

NAMESPACE: Object = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "app"}}
CERTIFICATE: Object = {"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": {"name": "a", "namespace": "app"}}
RELEASE: Object = {"name": "web", "namespace": "app", "chart": {"ref": "web"}, "values": {"password": "hunter2"}}


def config_map(name: str, *, ours: bool = False, **data: str) -> Object:
    meta: Object = {"name": name, "namespace": "app", **({"labels": {OWNER_LABEL: OWNER_VALUE}} if ours else {})}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data}


class Helm:
    """Renders what the values say, and counts."""

    def __init__(self, *rendered: Object) -> None:
        self.rendered, self.given = rendered, list[Object]()

    def __call__(self, _command: list[str], *, data: str, **_options: t.Any) -> tuple[int, str, str]:
        self.given.append(json.loads(data))
        return 0, yaml.safe_dump_all(self.rendered), ""


def audit(api: FakeApi, *resources: Object, helm: Helm | None = None, **options: t.Any) -> Object:
    defaults = {"state": "audit", "obsolete": [], "wait_for": [], "releases": [], "force": False, "binary_path": "/opt/helm"}
    warnings: list[str] = []
    module = types.SimpleNamespace(
        params={**defaults, **options, "resources": list(resources)},
        check_mode=False,
        warn=warnings.append,
        run_command=helm or Helm(),
        tmpdir="/private",
    )
    result = apply(t.cast(t.Any, module), connect(api.url, pauses=Pauses()))
    assert not result["changed"]
    assert api.writes() == []
    assert result["differs"] == bool(result["differing"])
    return {**result, "warnings": warnings, "params": module.params}


@pytest.fixture
def api() -> t.Iterator[FakeApi]:
    with FakeApi([NAMESPACE, config_map("ours", ours=True, a="1")]) as fake:
        yield fake


def test_nothing_to_do(api: FakeApi) -> None:
    assert audit(api, NAMESPACE, config_map("ours", a="1"), obsolete=[config_map("never")])["differing"] == []


def test_an_object_that_differs_or_is_missing(api: FakeApi) -> None:
    assert audit(api, config_map("ours", a="2"))["differing"] == ["ConfigMap app/ours"]
    assert audit(api, config_map("new"))["differing"] == ["ConfigMap app/new"]


def test_what_the_play_brings_first_is_something_to_do(api: FakeApi) -> None:
    elsewhere = {**config_map("a"), "metadata": {"name": "a", "namespace": "later"}}
    assert audit(api, elsewhere)["differing"] == ["ConfigMap later/a"]
    assert audit(api, CERTIFICATE)["differs"]


def test_what_is_obsolete(api: FakeApi) -> None:
    assert audit(api, obsolete=[config_map("ours")])["differing"] == ["ConfigMap app/ours"]
    anywhere = {**config_map("ours"), "metadata": {"name": "ours", "namespace": "*"}}
    assert audit(api, obsolete=[anywhere])["differing"] == ["ConfigMap app/ours"]
    assert not audit(api, config_map("ours", a="1"), obsolete=[anywhere])["differs"]
    api.put(config_map("theirs"))
    kept = audit(api, obsolete=[config_map("theirs")])
    assert not kept["differs"]
    assert "ConfigMap app/theirs stays" in kept["warnings"][0]
    assert audit(api, obsolete=[config_map("theirs")], force=True)["differs"]


def test_what_has_to_be_waited_for(api: FakeApi) -> None:
    target = {"api_version": "v1", "kind": "Secret", "namespace": "app", "name": "key", "condition": None, "chains_to": None}
    assert audit(api, config_map("ours", a="1"), wait_for=[target])["differing"] == ["Secret app/key"]
    api.put({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key", "namespace": "app"}})
    assert not audit(api, config_map("ours", a="1"), wait_for=[target])["differs"]


def test_a_release(api: FakeApi) -> None:
    rendered, helm = config_map("web", a="1"), Helm(config_map("web", a="1"))
    assert audit(api, releases=[{**RELEASE}], helm=helm)["differing"] == ["Helm release app/web"]
    api.put(rendered)
    api.put(revision(1, "deployed", rendered))
    seen = audit(api, releases=[{**RELEASE}], helm=helm)
    assert not seen["differs"]
    assert helm.given == [{"password": "hunter2"}] * 2
    assert "hunter2" not in repr(seen)
    assert audit(api, releases=[{**RELEASE}], helm=Helm(config_map("web", a="2")))["differs"]
    api.put(revision(2, "failed", rendered))
    assert audit(api, releases=[{**RELEASE}], helm=helm)["differs"]


def test_no_chart_is_rendered_where_something_differs_already_and_no_value_is_shown(api: FakeApi) -> None:
    helm = Helm()
    seen = audit(api, config_map("new"), releases=[{**RELEASE}], helm=helm)
    assert helm.given == []
    assert "hunter2" not in repr(seen)


def test_what_would_be_refused_is_refused(api: FakeApi) -> None:
    api.put(
        {**config_map("theirs"), "metadata": {"name": "theirs", "namespace": "app", "annotations": {"meta.helm.sh/release-name": "web"}}}
    )
    with pytest.raises(L5dError, match="is managed by Helm release web"):
        audit(api, config_map("theirs"))
