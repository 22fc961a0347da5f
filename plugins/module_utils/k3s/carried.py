# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HelmChart and HelmChartConfig of the moved Traefik, from those of the bundled one. Pure.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import json
import typing as t

from ..findings import finding
from ..helm_values import dump_values, merge_values, open_config
from ..model import Finding, Object, Ref
from ..routes.ingress_route import SAFE_SEPARATOR, SEPARATOR, middleware_name
from ..traefik.middlewares import STRIP_NAME
from . import bundled

_REGISTRY = "global.systemDefaultRegistry"
"""Known to k3s' packaging of the chart only; it is C(image.registry) in the published one."""
_MARKS = (bundled.OBJECTSET, "kubectl.kubernetes.io/", "argocd.argoproj.io/", "kustomize.toolkit.fluxcd.io/", "helm.toolkit.fluxcd.io/")
"""Of whoever keeps the original as it is. The carried settings are nobody's but their owner's."""
_TWICE = {
    "extraObjects": "its objects would be there twice, or fought over, while both run",
    "tlsOptions": "Traefik drops TLS options that are there twice while both run",
    "tlsStore": "Traefik drops a TLS store that is there twice while both run",
    "namespaceOverride": "it would put the new release into another namespace",
}


def effective(chart: Object, config: Object | None) -> Object:
    """The values as Helm has them, weakest first."""
    values: Object = {}
    for obj in (chart, config):
        spec = (open_config(obj).get("spec") or {}) if obj else {}
        for source in ("valuesContent", "values"):
            values = merge_values(values, spec.get(source) or {})
    for key, value in ((chart.get("spec") or {}).get("set") or {}).items():
        values = merge_values(values, _nested(str(key).split("."), value))
    return values


def problems(chart: Object, config: Object | None) -> list[Finding]:
    """What cannot move as it is, each with the reason."""
    where = Ref.of(config or chart)
    values = effective(chart, config)
    found = [finding("L5D506", where, f"{key}: {why}") for key, why in _TWICE.items() if values.get(key)]
    for obj in (chart, config):
        spec = (obj or {}).get("spec") or {}
        if obj and spec.get("valuesSecrets"):
            found.append(finding("L5D506", Ref.of(obj), "spec.valuesSecrets: values in Secrets are not carried over"))
    if not bundled.is_bundled(chart):
        found.append(finding("L5D506", Ref.of(chart), "spec.chart: this is not the chart that k3s bundles"))
    if values.get("hostNetwork"):
        found.append(finding("L5D506", where, "hostNetwork: two Traefiks cannot have a node's ports at once"))
    ports = values.get("ports")
    for name, port in sorted(ports.items()) if isinstance(ports, dict) else []:
        taken = [key for key in ("hostPort", "nodePort") if isinstance(port, dict) and port.get(key)]
        found += [finding("L5D506", where, f"ports.{name}.{key}: two Traefiks cannot have that port at once") for key in taken]
    return found


class Wish(t.NamedTuple):
    """Where the published chart comes from; no version is the bundled one's."""

    repository: str
    version: str


def chart(source: Object, config: Object | None, namespace: str, wish: Wish, claim: str) -> Object:
    """The HelmChart in the new namespace. O(claim) is the volume claim that waits there for it."""
    spec = source.get("spec") or {}
    opened = open_config(source).get("spec") or {}
    values = merge_values(opened.get("valuesContent") or {}, opened.get("values") or {})
    registry = effective(source, config).get("global", {}).get("systemDefaultRegistry")
    additions: Object = {"image": {"registry": registry}} if registry else {}
    if claim:
        additions["persistence"] = {"enabled": True, "existingClaim": claim}
    values = merge_values(values, additions)
    if isinstance(values.get("global"), dict):
        values = {**values, "global": {key: value for key, value in values["global"].items() if key != "systemDefaultRegistry"}}
    overrides = {key: value for key, value in (spec.get("set") or {}).items() if key != _REGISTRY}
    return {
        "apiVersion": bundled.API_VERSION,
        "kind": "HelmChart",
        "metadata": {"name": bundled.TRAEFIK, "namespace": namespace},
        "spec": {
            "chart": "traefik",
            "repo": wish.repository,
            "version": wish.version or bundled.upstream_version(source),
            "targetNamespace": namespace,
            "valuesContent": dump_values(values),
            **({"set": overrides} if overrides else {}),
        },
    }


def config(source: Object, namespace: str) -> Object:
    """The same settings, text and comments included, in the new namespace; without the marks of a file on a server.

    A Traefik that was meshed where it is stays so: our strip, which these settings name, moves with it.
    """
    meta = source["metadata"]
    kept: Object = {}
    for part in ("labels", "annotations"):
        own = {key: value for key, value in (meta.get(part) or {}).items() if not key.startswith(_MARKS)}
        if own:
            kept[part] = own
    said = json.dumps({"kept": kept, "spec": source.get("spec") or {}})
    for separator in (SEPARATOR, SAFE_SEPARATOR):
        old, new = (middleware_name(home, STRIP_NAME, separator) for home in (bundled.HOME, namespace))
        said = said.replace(old, new)
    moved: Object = json.loads(said)
    return {
        "apiVersion": bundled.API_VERSION,
        "kind": "HelmChartConfig",
        "metadata": {"name": bundled.TRAEFIK, "namespace": namespace, **moved["kept"]},
        "spec": moved["spec"],
    }


def _nested(keys: t.Sequence[str], value: t.Any) -> Object:
    return {keys[0]: _nested(keys[1:], value) if len(keys) > 1 else value}
