# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes of the Gateway API as anybody might write them: well formed and lived-in, or with nonsense at any place."""

from __future__ import annotations

import contextlib
import typing as t

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.traefik import TRAEFIK
from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import L5dError
from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.authority import HEADER
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object
from ansible_collections.pimesh.linkerd.plugins.module_utils.ownership import AddItem, Edit, SetLeaf, owned
from ansible_collections.pimesh.linkerd.plugins.module_utils.places import NTH
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.context import Intent
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.ingress import audit, plan_absent, plan_present
from tests.unit.plugins.module_utils import builders as b
from tests.unit.plugins.module_utils.gateway_scene import snapshot

Draw = t.Callable[[st.SearchStrategy[t.Any]], t.Any]
KINDS = ("HTTPRoute", "GRPCRoute")
TAGS = st.sampled_from(["3.7.15", "3.7.15", "3.6.15", "3.2.0", "3.1.7", "3.0.4", "2.11.10"])
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1, 70000)
    | st.sampled_from(["", "web", HEADER, "Service", "RequestHeaderModifier", "ä" * 300]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "type", "set", "value", "port"]), inner, max_size=3)
    ),
    max_leaves=6,
)
SERVICES = ("web", "api", "hl", "ext", "gone")


@st.composite
def headers(draw: Draw) -> Object:
    values = st.sampled_from(["web.app.svc.cluster.local:80", "api.app.svc:80", "x"])
    items = st.lists(st.builds(b.header, values, st.sampled_from([HEADER, "L5D-Dst-Override", "X-Mine"])), max_size=2)
    modifier: Object = {key: draw(items) for key in ("set", "add") if draw(st.booleans())}
    if draw(st.integers(0, 3)) == 0:
        modifier["remove"] = [draw(st.sampled_from([HEADER, "X-Theirs"]))]
    return b.modifier(**modifier)


@st.composite
def filters(draw: Draw) -> list[Object]:
    """A type stands once, but for references."""
    other = st.sampled_from([b.extension("auth"), b.extension("pages"), b.extension("gone"), {"type": "URLRewrite", "urlRewrite": {}}])
    found = draw(st.lists(other, max_size=2))
    if draw(st.booleans()):
        found.insert(draw(st.integers(0, len(found))), draw(headers()))
    return t.cast(list[Object], found)


@st.composite
def refs(draw: Draw) -> Object:
    if draw(st.integers(0, 9)) == 0:
        return b.ref("split", None, kind="TraefikService", group="traefik.io")
    own = draw(filters()) if draw(st.integers(0, 3)) == 0 else ()
    more = draw(st.sampled_from([{}, {}, {}, {"namespace": "other"}]))
    return b.ref(
        draw(st.sampled_from(SERVICES)), draw(st.sampled_from([80, 80, 80, 81])), filters=own, weight=draw(st.integers(0, 3)), **more
    )


@st.composite
def rules(draw: Draw) -> Object:
    named = draw(st.sampled_from([{}, {}, {"name": "mine"}]))
    made = b.rule(
        *draw(st.lists(refs(), min_size=1, max_size=3)), path=draw(st.sampled_from(["/", "/a"])), filters=draw(filters()), **named
    )
    return {**made, "filters": []} if draw(st.integers(0, 9)) == 0 and "filters" not in made else made


@st.composite
def routes(draw: Draw, name: str) -> Object:
    parents = draw(st.sampled_from([(b.PARENT,), (b.PARENT,), ({"kind": "Service", "group": "", "name": "web"}, b.PARENT), ()]))
    return b.http_route(name, *draw(st.lists(rules(), min_size=1, max_size=3)), parents=parents, kind=draw(st.sampled_from(KINDS)))


def surroundings() -> tuple[Object, ...]:
    pages = b.middleware("pages", errors={"status": ["500"], "service": {"name": "web", "port": 80}})
    return (b.headless("hl"), b.external("ext"), b.forward_auth(), pages, b.reference_grant("other"))


def places(value: t.Any) -> list[tuple[t.Any, t.Any]]:
    """Every container of the object, with each of its keys."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    return [(value, key) for key in keys] + [place for key in keys for place in places(value[key])]


@st.composite
def mangled(draw: Draw) -> Object:
    """Something sensible with nonsense at a few places of its spec; the API vouches for the rest."""
    sensible = [routes("odd"), st.just(b.gateway()), st.just(b.gateway_class()), st.just(b.reference_grant("other"))]
    made = draw(st.one_of(sensible))
    made = {**made, "spec": _copy(made["spec"])}
    for _time in range(draw(st.integers(1, 3))):
        holder, key = draw(st.sampled_from(places(made))) if draw(st.booleans()) else (made, "spec")
        if holder is made and key != "spec":
            continue
        if not (isinstance(holder, dict) and holder is made["metadata"]):
            holder[key] = draw(JSON)
    return t.cast(Object, made)


def _copy(value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def our_values(value: t.Any) -> set[str]:
    """What any filter in there sets our header to."""
    return {
        str(holder["value"])
        for holder, key in places(value)
        if key == "name" and isinstance(holder, dict) and str(holder[key]) == HEADER and "value" in holder
    }


@given(st.lists(mangled(), min_size=1, max_size=3), TAGS, st.sampled_from(["header", "cluster_ip"]))
def test_nonsense_breaks_nothing_and_names_no_backend_that_is_not_there(objects: list[Object], tag: str, strategy: str) -> None:
    kinds = {obj["kind"] for obj in objects}
    distinct = {obj["kind"]: obj for obj in [*b.GATEWAY, *objects]}
    before = snapshot(*distinct.values(), *surroundings(), tag=tag)
    audit(before, Intent(), TRAEFIK)
    with contextlib.suppress(L5dError):
        joint = plan_present(before, Intent(strategy=strategy, allow_relayable=True), TRAEFIK)
        after = before.after(joint.plan.steps)
        plan_absent(after, Intent(), TRAEFIK)
        possible = {
            f"{name}.{namespace}.svc.cluster.local:{port}" for name in SERVICES for namespace in ("app", "other") for port in (80, 81)
        }
        for kind in kinds & set(KINDS):
            assert our_values(list(after.of(kind))) <= our_values(list(before.of(kind))) | possible


@given(
    st.lists(st.integers(0, 2), min_size=1, max_size=3, unique=True).flatmap(lambda ns: st.tuples(*(routes(f"r{n}") for n in ns))),
    TAGS,
    st.sampled_from(["header", "cluster_ip"]),
)
def test_a_plan_is_done_once_and_taken_back_to_the_letter(made: tuple[Object, ...], tag: str, strategy: str) -> None:
    before = snapshot(*made, *surroundings(), tag=tag)
    intent = Intent(strategy=strategy, allow_relayable=True)
    with contextlib.suppress(L5dError):
        joint = plan_present(before, intent, TRAEFIK)
        after = before.after(joint.plan.steps)
        again = plan_present(after, intent, TRAEFIK).plan.steps
        assert [step.to_dict() for step in again if step.object.kind != "Deployment"] == []
        for kind in KINDS:
            for obj in after.of(kind):
                assert all(_is_a_backends_own(edit, obj) for edit in owned(obj))
        back = after.after(plan_absent(after, intent, TRAEFIK).plan.steps)
        assert all(back.of(kind) == before.of(kind) for kind in (*KINDS, "Service", "Gateway"))


def _is_a_backends_own(edit: Edit, route: Object) -> bool:
    """The value that was written names the backend it stands at, or a backend of its rule, which then has no other."""
    value = edit.value if isinstance(edit, SetLeaf) else edit.item.get("value")
    if value is None:
        return isinstance(edit, AddItem) and edit.item == b.modifier()
    (rule,) = _selected(route["spec"]["rules"], edit.path[2])
    backends = _selected(rule["backendRefs"], edit.path[4]) if edit.path[3] == "backendRefs" else rule["backendRefs"]
    return {f"{one['name']}.{one.get('namespace', 'app')}.svc.cluster.local:{one['port']}" for one in backends} == {value}


def _selected(items: list[Object], selector: t.Any) -> list[Object]:
    fitting = [item for item in items if all(item.get(key) == value for key, value in selector.items() if key != NTH)]
    nth = selector.get(NTH, 0)
    return fitting[nth : nth + 1]
