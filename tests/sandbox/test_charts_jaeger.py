# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in of the jaeger extension agrees with the published chart.

It deviates where nothing in the collection looks: rules of roles, probes, the collector's
configuration, who may use a port, and the Job that labels the namespace.
"""

from __future__ import annotations

import pytest

from tests.sandbox.chart_facts import Object, condense, facts, render, template, values_of

CHART = "linkerd-jaeger"
PUBLISHED = "linkerd-jaeger-2025.9.4"


def shown(obj: Object) -> Object:
    """Hashes differ, and a container port without a name has none here."""
    seen = condense(obj)
    annotations = seen.get("pod_annotations")
    return (
        {**seen, "pod_annotations": {**annotations, "checksum/config": "…"}} if annotations and "checksum/config" in annotations else seen
    )


def test_it_renders_the_published_objects() -> None:
    ours = {key: shown(obj) for key, obj in render(CHART, CHART).items()}
    assert ours == {(obj["kind"], obj["name"]): obj for obj in facts(PUBLISHED)["objects"]}


def test_every_value_exists_in_the_published_chart_with_the_same_default() -> None:
    published, ours = facts(PUBLISHED)["values"], values_of(CHART)
    assert ours
    assert {path: published.get(path, "no such key") for path in ours} == ours


def test_with_a_collector_elsewhere_the_injector_alone_is_left() -> None:
    values = {"collector": {"enabled": False}, "jaeger": {"enabled": False}, "webhook": {"collectorSvcAddr": "tempo.tracing:4317"}}
    rendered = render(CHART, CHART, values)
    assert [name for kind, name in rendered if kind == "Deployment"] == ["jaeger-injector"]
    container = rendered["Deployment", "jaeger-injector"]["spec"]["template"]["spec"]["containers"][0]
    assert "-collector-svc-addr=tempo.tracing:4317" in container["args"]


@pytest.mark.parametrize(
    ("webhook", "complaint"), [({"externalSecret": True}, "externalSecret needs"), ({"injectCaFrom": "a/b"}, "need externalSecret")]
)
def test_contradictory_certificates_are_refused(webhook: Object, complaint: str) -> None:
    done = template(CHART, CHART, {"webhook": webhook})
    assert done.returncode
    assert complaint in done.stderr
