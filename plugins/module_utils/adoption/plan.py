# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to be done before Helm upgrades a Linkerd that somebody else installed. Pure, no I/O.

The roles take identity and the webhooks' certificates out of Helm's hands. Helm then deletes what it no longer renders: the bundle
that proxies trust and the issuer that signs for them. So it is told first to keep them: by an annotation on each object, which is
what an upgrade looks at, and in the manifest of the stored release, which is what an uninstall looks at.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import base64
import typing as t
from functools import partial

from ..errors import PlanningError
from ..findings import finding
from ..linkerd.installation import config_ref
from ..linkerd.releases import release_for
from ..linkerd.trust import ISSUER, TRUST_ROOTS, TRUST_ROOTS_KEY
from ..linkerd.upgrade import upgrade
from ..model import Phase, Ref, Step
from ..objects import stored_release
from .installed import WEBHOOKS, trusted

if t.TYPE_CHECKING:
    from ..model import Finding, Object
    from .installed import Installed

VALUE_KEYS = {
    "linkerd-proxy-injector": "proxyInjector",
    "linkerd-sp-validator": "profileValidator",
    "linkerd-policy-validator": "policyValidator",
}
OLD_KEYS = {"crt.pem": "tls.crt", "key.pem": "tls.key"}
"""Of the issuer, where the chart writes its Secret; with cert-manager's kind of Secret Linkerd looks for the others."""

KEPT = "Helm may not delete it when it no longer renders it"
RENAMED = "the same issuer, kept by Helm, under the names at which Linkerd looks for one that does not come from its chart"


def refuse_leap(current: str, target: str) -> None:
    """A way back, and more than one Linkerd version at once. A vendor's own build is not known, and nothing is said about it."""
    if release_for(current) is None:
        return
    hops = upgrade(current, target).hops
    if len(hops) > 1:
        raise PlanningError(
            f"the step from {hops[0].before.name} to {hops[-1].after.name}",
            "is more than one version of Linkerd, and proxies may only be one behind their control plane",
            "Run the playbook pimesh.linkerd.upgrade: it goes by way of "
            f"{', then '.join(hop.after.chart_version for hop in hops)} and has the data plane follow each time.",
            code="leap",
        )


def refuse_two_at_once(installed: Installed, target: str) -> None:
    """Without an earlier manifest Helm adds to Deployments and takes nothing away: a proxy that moves would be there twice."""
    if installed.method == "cli" and installed.chart_version and installed.chart_version != target:
        raise PlanningError(
            f"Linkerd in namespace {installed.namespace}",
            "belongs to no Helm release, and Helm cannot take it over and upgrade it in one step",
            f"Set linkerd_control_plane_chart_version to {installed.chart_version} for a first run, then to {target}.",
            code="takeover",
        )


def is_ours(installed: Installed) -> bool:
    """Whether the release was made by role linkerd_control_plane: its webhooks' certificates are, and its identity is external."""
    given = installed.given
    authorities = {(given.get(VALUE_KEYS[name]) or {}).get("injectCaFrom") for name in WEBHOOKS}
    return bool((given.get("identity") or {}).get("externalCA")) and authorities == {f"{installed.namespace}/{name}" for name in WEBHOOKS}


def steps(installed: Installed, wanted: Object) -> list[Step]:
    """Nothing of it changes what anybody trusts."""
    if installed.config is None or is_ours(installed) or not _external(wanted):
        return []
    lost = {Ref.of(obj) for obj in _of_helm(installed) if not stored_release.keeps(obj)}
    found = [_patch(obj, _kept, KEPT) for ref, obj in installed.live.items() if ref in lost and not _is_old_issuer(obj)]
    issuer = installed.live.get(Ref("v1", "Secret", ISSUER, installed.namespace))
    if issuer is not None and _is_old_issuer(issuer):
        roots = installed.live.get(Ref("v1", "ConfigMap", TRUST_ROOTS, installed.namespace)) or {}
        bundle = str((roots.get("data") or {}).get(TRUST_ROOTS_KEY) or "")
        found.append(_patch(issuer, partial(_renamed, bundle=bundle, keep=Ref.of(issuer) in lost), RENAMED))
    secret, refs = installed.revision, trusted(installed.namespace)
    if secret is not None and stored_release.unprotected(secret, refs):
        found.append(_patch(secret, partial(stored_release.protected, which=refs), "nor may an uninstall of this revision"))
    return found


def findings(installed: Installed, wanted: Object) -> list[Finding]:
    """What a person should know before it is adopted. C(wanted) are the values that the role is about to give."""
    if installed.config is None or is_ours(installed):
        return []
    where = config_ref(installed.namespace)
    if installed.method == "cli":
        return [finding("L5D153", where)]
    release = installed.control_plane
    lost = sorted(_leaves(installed.given) - _leaves(wanted) - _certificates())
    words = f"{release}: {', '.join(lost)}"
    return [*([finding("L5D154", where, words)] if lost else []), *([finding("L5D155", where, str(release))] if _external(wanted) else [])]


def _of_helm(installed: Installed) -> list[Object]:
    """Of what the mesh's trust lives on, that which Helm made."""
    if installed.revision is None:
        return []
    made = {Ref.of(obj) for obj in stored_release.stored(installed.revision, trusted(installed.namespace))}
    return [obj for ref, obj in installed.live.items() if ref in made]


def _external(values: Object) -> bool:
    return bool((values.get("identity") or {}).get("externalCA"))


def _is_old_issuer(obj: Object) -> bool:
    data = obj.get("data") or {}
    return obj["metadata"]["name"] == ISSUER and all(old in data for old in OLD_KEYS) and not all(new in data for new in OLD_KEYS.values())


def _renamed(secret: Object, *, bundle: str, keep: bool) -> Object:
    data = dict(secret.get("data") or {})
    data |= {new: data[old] for old, new in OLD_KEYS.items()}
    if bundle:
        data["ca.crt"] = base64.b64encode(bundle.encode()).decode()
    return {**(_kept(secret) if keep else secret), "data": data}


def _kept(obj: Object) -> Object:
    meta = obj["metadata"]
    annotations = {**(meta.get("annotations") or {}), stored_release.POLICY: stored_release.KEEP}
    return {**obj, "metadata": {**meta, "annotations": annotations}}


def _patch(obj: Object, desire: t.Callable[[Object], Object], why: str) -> Step:
    return Step(Phase.OBJECTS, Ref.of(obj), lambda live: desire(live) if live else None, why, before=obj, after=desire(obj))


def _leaves(values: Object, prefix: str = "") -> set[str]:
    found: set[str] = set()
    for key, value in values.items():
        found |= _leaves(value, f"{prefix}{key}.") if isinstance(value, dict) and value else {f"{prefix}{key}"}
    return found


def _certificates() -> set[str]:
    """Values that hold certificates and keys, which the roles take from elsewhere."""
    webhooks = {f"{key}.{name}" for key in VALUE_KEYS.values() for name in ("crtPEM", "keyPEM", "caBundle")}
    return {"identityTrustAnchorsPEM", "identity.issuer.tls.crtPEM", "identity.issuer.tls.keyPEM", *webhooks}
