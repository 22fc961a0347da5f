# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The joint plan: what it does to a generated cluster, and what it says about clusters with one thing wrong."""

from __future__ import annotations

import time
import typing as t
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.traefik import TRAEFIK
from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import InputError, L5dError, PlanningError
from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd import narrow_webhook
from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.installation import expected
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import OWNER_LABEL, Object, Phase, Ref, Severity
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.context import Intent
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.ingress import Joint, audit, plan_absent, plan_present
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.pods import template_matches
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.snapshot import Snapshot
from tests.unit.plugins.module_utils import builders as b
from tests.unit.plugins.module_utils.generated import worlds
from tests.unit.plugins.module_utils.world import World

STRATEGIES = ("cluster_ip", "header")
INJECT = "linkerd.io/inject"


def done(world: World, strategy: str) -> Joint:
    """Present, carried out. A cluster that is refused is no example."""
    try:
        joint = world.plan(Intent(strategy=strategy))
    except PlanningError:
        assume(False)
    world.apply(joint)
    return joint


@given(worlds(), st.sampled_from(STRATEGIES))
def test_after_it_is_done_there_is_nothing_to_do(world: World, strategy: str) -> None:
    done(world, strategy)
    assert [step.to_dict() for step in world.plan(Intent(strategy=strategy)).plan.steps] == []


@given(worlds(), st.lists(st.sampled_from(STRATEGIES), min_size=1, max_size=3))
def test_absent_gives_back_the_very_same_cluster(world: World, strategies: list[str]) -> None:
    before = world.owned()
    for strategy in strategies:
        done(world, strategy)
    joint = world.plan(Intent(), absent=True)
    world.apply(joint)
    after = world.owned()
    for key, wanted in before.items():
        assert after[key] == wanted
    assert [finding for finding in joint.plan.findings if finding.code == "L5D503"] == []


@given(worlds(), st.sampled_from(STRATEGIES), st.booleans())
def test_the_predicted_template_is_what_comes_of_it(world: World, strategy: str, back: bool) -> None:
    """A rollout is waited for until the template is as predicted, so a wrong prediction would wait in vain."""
    joint = done(world, strategy)
    assert template_matches(world.template, joint.expected_template, TRAEFIK)
    if back:
        joint = world.plan(Intent(), absent=True)
        world.apply(joint)
        assert template_matches(world.template, joint.expected_template, TRAEFIK)


@given(worlds(), st.sampled_from(STRATEGIES))
def test_what_is_promised_is_what_runs(world: World, strategy: str) -> None:
    joint = done(world, strategy)
    running, _started = world.worth()
    for verdict in joint.plan.verdicts:
        assert verdict.verdict in running[verdict.object, verdict.rule, verdict.backend]


def chains(obj: Object) -> t.Iterator[list[str]]:
    """Every list of middlewares in a route or Service."""
    annotations = obj["metadata"].get("annotations") or {}
    for key in (b.CHAIN, b.SERVICE_CHAIN):
        if key in annotations:
            yield [item.strip() for item in annotations[key].split(",") if item.strip()]
    for rule in obj.get("spec", {}).get("routes") or []:
        for holder in (rule, *rule["services"]):
            yield [item["name"] for item in holder.get("middlewares") or []]


def is_ours(name: str) -> bool:
    return name.removeprefix("app-").startswith("l5d-")


@given(worlds())
def test_ours_is_last_and_others_keep_their_order(world: World) -> None:
    before = {Ref.of(obj): list(chains(obj)) for found in world.snapshot.objects.values() for obj in found}
    done(world, "header")
    for found in world.snapshot.objects.values():
        for obj in found:
            after = list(chains(obj))
            assert all(is_ours(name) for chain in after for name in chain[len([n for n in chain if not is_ours(n)]) :])
            theirs = [kept for kept in ([name for name in chain if not is_ours(name)] for chain in after) if kept]
            assert theirs == [chain for chain in before.get(Ref.of(obj), []) if chain]


@given(worlds())
def test_every_middleware_of_ours_names_its_own_backend(world: World) -> None:
    done(world, "header")
    reading = TRAEFIK.read(world.snapshot)
    backends = {(backend.namespace, backend.name, backend.port) for route in reading.routes for _rule, backend in route.backends()}
    for obj in world.snapshot.of("Middleware"):
        if OWNER_LABEL not in obj["metadata"].get("labels", {}):
            continue
        value = obj["spec"]["headers"]["customRequestHeaders"]["l5d-dst-override"]
        if obj["metadata"]["name"] == "l5d-strip":
            assert (value, obj["metadata"]["namespace"]) == ("", world.snapshot.workload["metadata"]["namespace"])
            continue
        host, port = value.split(":")
        name, namespace, *domain = host.split(".", 2)
        assert domain == ["svc.cluster.local"]
        assert namespace == obj["metadata"]["namespace"]
        assert obj["metadata"]["name"] == f"l5d-{name}-{port}"
        assert (namespace, name, int(port)) in backends


# One thing at a time.


def codes(plan_or_joint: t.Any) -> set[str]:
    plan = plan_or_joint.plan if isinstance(plan_or_joint, Joint) else plan_or_joint
    return {finding.code for finding in plan.findings}


def present(snapshot: Snapshot, **intent: t.Any) -> Joint:
    return plan_present(snapshot, Intent(**intent), TRAEFIK)


def a_cluster(*objects: Object, **parts: t.Any) -> Snapshot:
    return b.snapshot(*(objects or (b.service("web"), b.ingress("shop", ("web", 80)))), **parts)


def test_relayable_ingress_mode_is_refused_unless_it_is_asked_for() -> None:
    snapshot = a_cluster()
    with pytest.raises(PlanningError, match=r"Ingress app/shop: shop/0 to app/web:80 would be relayable in ingress mode.*allow_relayable"):
        present(snapshot, strategy="none", mode="ingress")
    joint = present(snapshot, strategy="none", mode="ingress", allow_relayable=True)
    assert [verdict.verdict for verdict in joint.plan.verdicts] == ["relayable"]
    assert {finding.severity for finding in joint.plan.findings if finding.code == "L5D201"} == {Severity.CRITICAL}


def test_ingress_mode_alone_takes_the_header_strategy() -> None:
    assert present(a_cluster(), mode="ingress").strategy == "header"
    assert present(a_cluster()).strategy == "cluster_ip"


def test_a_header_set_before_forward_auth_is_refused() -> None:
    """Traefik would ask the app itself whether the request is allowed (measured)."""
    auth = {b.CHAIN: "app-recipe@kubernetescrd, app-auth@kubernetescrd"}
    route = b.ingress("shop", ("web", 80), annotations=auth)
    snapshot = a_cluster(b.service("web"), route, b.forward_auth(), b.setting("web.app.svc.cluster.local:80"))
    with pytest.raises(
        PlanningError, match=r"Ingress app/shop: .*open to everybody.*Move the middleware that sets l5d-dst-override behind"
    ):
        present(snapshot, strategy="header")
    assert codes(present(snapshot, strategy="cluster_ip")) == {"L5D243"}


def test_a_header_that_sends_a_safe_route_astray_is_refused() -> None:
    wrong = {b.CHAIN: "app-recipe@kubernetescrd"}
    first, second = b.ingress("one", ("web", 80), ("api", 80), annotations=wrong), b.service("api")
    snapshot = a_cluster(b.service("web"), second, first, b.setting("other.app.svc.cluster.local:80"), workload=workload(tag="3.6.15"))
    with pytest.raises(PlanningError, match=r"would be misrouted in ingress mode.*Correct the l5d-dst-override value"):
        present(snapshot, strategy="header")


def workload(
    arguments: t.Sequence[str] = b.ARGUMENTS, annotations: dict[str, str] | None = None, tag: str = "3.7.15", **spec: t.Any
) -> Object:
    return b.deployment(b.pod_template(arguments, annotations, tag), **spec)


CLOSED = {"metadata": {"name": "edge", "labels": {"config.linkerd.io/admission-webhooks": "disabled"}}}


@pytest.mark.parametrize(
    ("snapshot", "intent", "words"),
    [
        (a_cluster(linkerd=None), {}, "namespace linkerd: Linkerd is not installed there.*Install it first"),
        (a_cluster(workload=workload(hostNetwork=True)), {}, "Deployment kube-system/traefik: its pods use hostNetwork.*LoadBalancer"),
        (a_cluster(workload=workload(tag="latest")), {}, "Deployment kube-system/traefik: traefik of an unknown version is not supported"),
        (a_cluster(workload=workload(tag="2.9.10")), {"strategy": "cluster_ip"}, "traefik 2.9.10 cannot do strategy cluster_ip.*strategy: header"),
        (a_cluster(), {"kube_system": "fail"}, "its pods would not get a proxy: Linkerd's injector leaves namespace kube-system out.*narrow_"),
        (a_cluster(namespace=CLOSED, workload=b.deployment(namespace="edge")), {}, "edge is labelled config.*=disabled.*Change the namespace's"),
        (a_cluster(workload=workload(["--ping=true"])), {}, "name no Kubernetes provider"),
        (a_cluster(workload=workload(["--configFile=/etc/traefik.yml"])), {"strategy": "header"}, "static configuration is somewhere else"),
        (a_cluster(workload=workload(["--providers.kubernetesingress"])), {"strategy": "header"}, "kubernetescrd provider is off"),
        (a_cluster(workload=workload([*b.ARGUMENTS, "--providers.kubernetescrd.labelSelector=a=b"])), {"strategy": "header"}, "hide our"),
        (a_cluster(workload=workload([*b.ARGUMENTS, "--providers.kubernetescrd.namespaces=app"])), {"strategy": "header"}, "leaves out kube-sys"),
        (a_cluster(b.middleware("l5d-strip", "kube-system")), {"strategy": "header"}, "Middleware kube-system/l5d-strip: .*is not ours.*Rename"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_with_object_reason_and_remedy(snapshot: Snapshot, intent: dict[str, str], words: str) -> None:
    with pytest.raises(PlanningError, match=words) as error:
        present(snapshot, **intent)
    assert error.value.remedy


@pytest.mark.parametrize("ports", [["web", "99999"], ["abc"], ["0"], ["9-8"], [True], ["80:90"], ["-1"]])
def test_ports_that_are_none_are_refused_by_name(ports: list[t.Any]) -> None:
    for option, key in (("skip_inbound", "skip-inbound-ports"), ("skip_outbound", "skip-outbound-ports")):
        with pytest.raises(InputError, match=rf"config.linkerd.io/{key}: .*(is not a port|is outside)"):
            present(a_cluster(), **{option: ports})


def template_of(joint: Joint) -> dict[str, str]:
    annotations: dict[str, str] = joint.expected_template["metadata"]["annotations"]
    return {key.rpartition("/")[2]: value for key, value in annotations.items()}


def test_ports_keep_the_installations_defaults() -> None:
    """An annotation replaces the default, so the default is written out (recorded injector answers)."""
    ports = {key: value for key, value in template_of(present(a_cluster())).items() if key.startswith("skip")}
    assert ports == {"skip-inbound-ports": "4567,4568,8000,8443"}
    header = template_of(present(a_cluster(), strategy="header"))
    assert (header["inject"], header["skip-outbound-ports"]) == ("ingress", "443,4567,4568")
    named = template_of(present(a_cluster(), skip_inbound=["web", "9000-9005"], skip_outbound=["25"]))
    assert (named["skip-inbound-ports"], named["skip-outbound-ports"]) == ("4567,4568,8000,9000-9005", "25,4567,4568")
    assert "skip-inbound-ports" not in template_of(present(a_cluster(), skip_inbound=[]))


@pytest.mark.parametrize(
    ("snapshot", "code"),
    [
        (a_cluster(linkerd=None), "L5D101"),
        (a_cluster(workload=workload(annotations={INJECT: "enabled"})), "L5D111"),
        (a_cluster(workload=workload(annotations={INJECT: "Ingress"})), "L5D302"),
        (a_cluster(workload=workload(annotations={INJECT: "true"})), "L5D302"),
        (a_cluster(), "L5D301"),
        (a_cluster(workload=workload(hostNetwork=True)), "L5D303"),
        (a_cluster(workload=workload(["--ping"])), "L5D305"),
        (a_cluster(workload=workload(annotations={"config.linkerd.io/skip-inbound-ports": "web,8443"})), "L5D306"),
        (a_cluster(workload=workload(annotations={"config.linkerd.io/skip-outbound-ports": "99999"})), "L5D306"),
        (a_cluster(pods=(b.pod_template(), {**b.pod_template(), "spec": {"initContainers": [{"name": "linkerd-proxy"}], "containers": []}})), "L5D304"),
        (a_cluster(b.ingress("shop", ("web", 80))), "L5D204"),
        (a_cluster(b.service("web"), b.ingress("shop", ("web", "grpc"))), "L5D204"),
        (a_cluster(b.service("web"), b.ingress("shop", ("web", 80), annotations={b.CHAIN: "app-gone@kubernetescrd"})), "L5D210"),
        (a_cluster({"apiVersion": "traefik.io/v1alpha1", "kind": "IngressRouteTCP", "metadata": {"name": "db", "namespace": "app"}}), "L5D209"),
    ],
)  # fmt: skip
def test_audit_finds_what_is_wrong(snapshot: Snapshot, code: str) -> None:
    plan = audit(snapshot, Intent(), TRAEFIK)
    assert code in codes(plan)
    assert plan.steps == []


def test_audit_sees_a_relay_on_an_old_pod() -> None:
    """While a rollout hangs, old pods answer too."""
    old, new = b.pod_template(), b.pod_template()
    old["spec"]["initContainers"] = [{"name": "linkerd-proxy", "env": [{"name": "LINKERD2_PROXY_INGRESS_MODE", "value": "true"}]}]
    plan = audit(a_cluster(pods=(new, old)), Intent(), TRAEFIK)
    assert [verdict.verdict for verdict in plan.verdicts] == ["relayable"]


def test_a_webhook_with_another_ca_than_linkerds_is_found_and_mended() -> None:
    """Where cert-manager does not look after it; failurePolicy Ignore would hide it."""
    world = World(a_cluster(webhooks=(b.injector_webhook(cert_manager=False),)))
    world.apply(world.plan(Intent()))
    original, narrow = world.snapshot.webhooks
    assert narrow_webhook.ca_bundles(narrow) == narrow_webhook.ca_bundles(original) == {"Q0E="}
    original["webhooks"][0]["clientConfig"]["caBundle"] = "TkVX"
    assert "L5D112" in codes(audit(world.snapshot, Intent(), TRAEFIK))
    assert [step.object.kind for step in world.plan(Intent()).plan.steps] == [narrow_webhook.KIND]


def test_a_webhook_that_cert_manager_looks_after_carries_no_ca_of_ours() -> None:
    (step,) = [s for s in present(a_cluster()).plan.steps if s.object.kind == narrow_webhook.KIND]
    assert step.after is not None
    assert step.after["metadata"]["annotations"] == {"cert-manager.io/inject-ca-from": "linkerd/linkerd-proxy-injector"}
    hook = step.after["webhooks"][0]
    assert "caBundle" not in hook["clientConfig"]
    assert hook["namespaceSelector"] == {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}
    assert hook["objectSelector"] == {"matchLabels": b.LABELS}
    assert (hook["failurePolicy"], step.phase) == ("Ignore", Phase.OBJECTS)


def test_no_second_webhook_where_linkerds_own_looks() -> None:
    joint = present(a_cluster(workload=b.deployment(namespace="edge")))
    assert narrow_webhook.KIND not in {step.object.kind for step in joint.plan.steps}


def test_the_webhook_comes_last_where_the_template_would_be_unguarded_with_it() -> None:
    """k3s' Traefik annotated by a recipe: silent until a webhook looks at kube-system."""
    world = World(a_cluster(workload=workload(annotations={INJECT: "ingress"})))
    joint = world.plan(Intent(strategy="header"))
    by_kind = {(step.object.kind, step.phase) for step in joint.plan.steps}
    assert (narrow_webhook.KIND, Phase.ADMISSION) in by_kind
    assert ("Deployment", Phase.RESTART) in by_kind
    world.apply(joint)
    assert [verdict.verdict for verdict in joint.plan.verdicts] == ["safe_by_header"]
    assert world.plan(Intent(strategy="header")).plan.steps == []
    away = world.plan(Intent(), absent=True)
    assert [step.phase for step in away.plan.in_order() if step.object.kind == narrow_webhook.KIND] == [Phase.OBJECTS]
    world.apply(away)
    assert world.template["metadata"]["annotations"][INJECT] == "ingress"
    assert set().union(*world.worth()[0].values()) == {"not_meshed"}


@pytest.mark.parametrize("namespace", ["kube-system", "edge"])
def test_a_linkerd_that_is_yet_to_come_can_be_planned_with(namespace: str) -> None:
    """Check mode of a whole play on an empty cluster."""
    to_come = expected("linkerd", {})
    joint = present(a_cluster(workload=b.deployment(namespace=namespace), linkerd=to_come, webhooks=()))
    assert joint.injected.mode == "enabled"


def test_a_rollout_that_a_killed_run_left_is_judged_by_its_end() -> None:
    """The old pods may have been an open relay before us: that must not keep the next run from finishing."""
    guarded = b.ingress("shop", ("web", 80), annotations={b.CHAIN: "app-auth@kubernetescrd"})
    unguarded = workload(annotations={INJECT: "ingress"}, namespace="edge")
    world = World(a_cluster(b.service("web"), guarded, b.forward_auth(), workload=unguarded))
    assert {verdict for found in world.worth()[0].values() for verdict in found} == {"relayable"}
    for step in world.plan(Intent(strategy="header")).plan.in_order():
        world.write(step)
    assert len(world.snapshot.pods) == 2
    joint = world.plan(Intent(strategy="header"))
    assert [verdict.verdict for verdict in joint.plan.verdicts] == ["safe_by_header"]
    assert [verdict.verdict for verdict in audit(world.snapshot, Intent(), TRAEFIK).verdicts] == ["relayable"]


def test_the_number_of_writes_does_not_grow_with_the_routes() -> None:
    def steps(count: int) -> int:
        objects = [obj for i in range(count) for obj in (b.service(f"s{i}"), b.ingress(f"i{i}", (f"s{i}", 80)))]
        return len(present(a_cluster(*objects), strategy="cluster_ip").plan.steps)

    assert steps(1) == steps(50)


# l5d_header_policy: the same plan without the workload's annotations.


def policy(snapshot: Snapshot, **intent: t.Any) -> Joint:
    return plan_present(snapshot, Intent(mesh=False, **intent), TRAEFIK)


def test_the_policy_follows_the_mode_that_it_finds() -> None:
    world = World(a_cluster())
    world.apply(world.plan(Intent(strategy="header")))
    joint = policy(world.snapshot)
    assert (joint.strategy, joint.plan.steps) == ("header", [])
    with pytest.raises(PlanningError, match="would be relayable in ingress mode"):
        policy(world.snapshot, strategy="cluster_ip")
    with pytest.raises(PlanningError, match="out of ingress mode first: l5d_ingress_mesh with state: absent"):
        plan_absent(world.snapshot, Intent(mesh=False), TRAEFIK)


def test_the_policy_leaves_an_unmeshed_controller_alone() -> None:
    joint = policy(a_cluster(), strategy="header")
    assert {step.object.kind for step in joint.plan.steps} == {"Middleware", "Service"}
    assert policy(a_cluster(), strategy="cluster_ip").plan.steps == []


def test_the_policy_keeps_our_annotations() -> None:
    world = World(a_cluster())
    world.apply(world.plan(Intent()))
    before = world.template["metadata"]["annotations"]
    joint = plan_present(world.snapshot, Intent(mesh=False, strategy="header"), TRAEFIK)
    world.apply(joint)
    assert world.template["metadata"]["annotations"] == before
    assert joint.mode == "enabled"
    world.apply(plan_absent(world.snapshot, Intent(mesh=False), TRAEFIK))
    assert world.template["metadata"]["annotations"] == before
    assert world.template["spec"]["containers"][0]["args"] == list(b.ARGUMENTS)


def test_both_modules_one_after_the_other_have_nothing_more_to_do() -> None:
    world = World(a_cluster(charts=(b.helm_chart(),)))
    world.apply(world.plan(Intent()))
    assert policy(world.snapshot).plan.steps == []
    assert len([step for step in world.plan(Intent(strategy="header")).plan.steps if step.object.kind == "HelmChartConfig"]) == 1


def test_absent_works_without_linkerd() -> None:
    world = World(a_cluster())
    world.apply(world.plan(Intent()))
    world.snapshot = replace(world.snapshot, linkerd=None)
    world.apply(world.plan(Intent(), absent=True))
    assert world.template["metadata"]["annotations"] == {}


def test_absent_tells_what_somebody_changed_since() -> None:
    world = World(a_cluster(b.headless("web"), b.ingress("shop", ("web", 80))))
    world.apply(world.plan(Intent()))
    (service,) = world.snapshot.of("Service")
    service["metadata"]["annotations"][b.NATIVE_LB] = "true"
    joint = world.plan(Intent(), absent=True)
    assert [f.object.name for f in joint.plan.findings if f.code == "L5D503"] == ["web"]
    world.apply(joint)
    assert world.snapshot.of("Service")[0]["metadata"]["annotations"] == {b.NATIVE_LB: "true"}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_many_routes_take_little_time(strategy: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A figure to look at; the bound is far above it, against work that grows with the square of the routes."""
    count = 2_000
    objects = [b.forward_auth()]
    for i in range(count):
        objects += [b.service(f"s{i}"), b.ingress(f"i{i}", (f"s{i}", 80), annotations={b.CHAIN: "app-auth@kubernetescrd"})]
        objects.append(b.ingress_route(f"r{i}", b.route("Host(`a`)", {"name": f"s{i}", "port": 80})))
    snapshot = a_cluster(*objects)
    began = time.process_time()
    joint = present(snapshot, strategy=strategy)
    took = time.process_time() - began
    with capsys.disabled():
        print(f"\n  {strategy}: {2 * count} routes planned in {took:.2f} s of CPU, {len(joint.plan.steps)} steps")
    assert took < 20


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_thousands_of_rules_in_one_object_take_little_time(strategy: str) -> None:
    """First, again, and after a change of mind; work that grows with the square would take minutes."""
    rules = [b.route(f"Host(`h{i}`)", {"name": "web", "port": 80}, {"name": "pods", "port": 80}) for i in range(3_000)]
    world = World(a_cluster(b.service("web"), b.headless("pods"), b.ingress_route("many", *rules)))
    other = next(one for one in STRATEGIES if one != strategy)
    began = time.process_time()
    world.apply(world.plan(Intent(strategy=strategy)))
    assert world.plan(Intent(strategy=strategy)).plan.steps == []
    world.plan(Intent(strategy=other))
    assert time.process_time() - began < 60


def test_errors_are_of_the_one_family() -> None:
    assert issubclass(PlanningError, L5dError)
