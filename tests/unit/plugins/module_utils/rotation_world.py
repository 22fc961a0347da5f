# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A mesh in a few dozen lines: cert-manager, trust-manager, kubelets, linkerd-identity, the injector and proxies.

Everybody acts at any time and sees what they see as late as they like. What each one reads when is in the comments of the
methods; measured on, or read in, the real ones.
"""

from __future__ import annotations

import datetime as dt
import typing as t
from dataclasses import dataclass, field

from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.trust import ANCHOR
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Ref
from ansible_collections.pimesh.linkerd.plugins.module_utils.rotation.plan import Move
from ansible_collections.pimesh.linkerd.plugins.module_utils.rotation.snapshot import KEPT, Proxy, Snapshot

LIFETIME = 24 * 3600
START = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
COMPONENTS = ("identity", "destination", "proxy-injector")


@dataclass
class Pod:
    """O(mounted) is the bundle as the kubelet last brought it; only an injector reads that again."""

    name: str
    app: str
    born: int
    bundle: frozenset[str]
    leaf: str
    expires: int
    mounted: frozenset[str]
    issuer: str = ""
    ending: bool = False

    @property
    def control_plane(self) -> bool:
        return self.app in COMPONENTS


@dataclass
class World:
    """Anchors are names; an issuer or a leaf is the name of the anchor that it leads to."""

    clock: int = 0
    anchors: int = 1
    secret: str = "A1"
    kept: str = ""
    noted: frozenset[str] = frozenset()
    in_force: tuple[str, int] = ("", 0)
    named: bool = False
    signing: str = ANCHOR
    anchor_issuing: bool = False
    issuer: str = "A1"
    issuer_changed: int = 0
    issuer_issuing: bool = False
    bundle: frozenset[str] = frozenset(["A1"])
    bundle_changed: int = 0
    seen_secret: str = "A1"
    seen_noted: frozenset[str] = frozenset()
    seen_named: bool = False
    carried_out_named: bool = False
    seen_signing: str = ANCHOR
    pods: dict[str, Pod] = field(default_factory=dict)
    made: int = 0

    def __post_init__(self) -> None:
        for app in (*COMPONENTS, "web", "api"):
            self.pod(app)
        self.clock += 1

    # ---------------------------------------------------------------- cert-manager

    def issue_anchor(self) -> None:
        """Writes the Secret, then takes the condition away."""
        self.anchors += 1
        self.secret, self.anchor_issuing = f"A{self.anchors}", False

    def notice_signer(self) -> None:
        self.seen_signing = self.signing

    def issue_issuer(self) -> None:
        """With the Secret as it is now, of the ClusterIssuer as it was seen last."""
        self.issuer = self.secret if self.seen_signing == ANCHOR else self.kept
        self.issuer_changed, self.issuer_issuing = self.clock, False

    # ---------------------------------------------------------------- trust-manager

    def notice(self, what: str) -> None:
        """Each kind of object has a watch of its own."""
        if what == "secret":
            self.seen_secret = self.secret
        elif what == "noted":
            self.seen_noted = self.noted
        else:
            self.seen_named = self.named

    def sync(self) -> None:
        """A source that is named and not there stops it; the target stays as it is."""
        if self.seen_named and not self.seen_noted:
            return
        wanted = self.seen_noted | {self.seen_secret}
        if wanted != self.bundle:
            self.bundle, self.bundle_changed = wanted, self.clock
        self.carried_out_named = self.seen_named

    # ---------------------------------------------------------------- pods

    def pod(self, app: str, injector: Pod | None = None, identity: Pod | None = None) -> Pod:
        """The control plane's pods read the bundle when they start; others get it from an injector, as that one sees it."""
        injector, identity = injector or self._any("proxy-injector"), identity or self._any("identity")
        bundle = self.bundle if app in COMPONENTS or injector is None else injector.mounted
        leaf = identity.issuer if identity else self.issuer
        self.made += 1
        pod = Pod(f"{app}-{self.made}", app, self.clock, bundle, leaf, self.clock + LIFETIME, self.bundle)
        if app == "identity":
            assert self.issuer in bundle, "linkerd-identity does not start: its issuer leads to none of its anchors"
            pod.issuer = pod.leaf = self.issuer
        self.pods[pod.name] = pod
        return pod

    def _any(self, app: str) -> Pod | None:
        found = [pod for pod in self.pods.values() if pod.app == app]
        return found[-1] if found else None

    def mount(self, pod: Pod) -> None:
        """The kubelet brings the new bundle into the volume."""
        pod.mounted = self.bundle

    def reload(self, identity: Pod) -> None:
        """linkerd-identity loads the new issuer, unless it leads to none of the anchors that it started with."""
        if self.issuer in identity.bundle:
            identity.issuer = self.issuer

    def renew_leaf(self, pod: Pod, identity: Pod) -> None:
        pod.leaf, pod.expires = identity.issuer, self.clock + LIFETIME

    def tick(self, seconds: int, identity: Pod) -> None:
        """Proxies renew their certificates before they expire."""
        for pod in self.pods.values():
            if pod.expires <= self.clock + seconds:
                self.renew_leaf(pod, identity)
        self.clock += seconds

    def restart(self, pods: t.Iterable[str]) -> None:
        """New ones come before the old ones end."""
        for name in pods:
            if name in self.pods and not self.pods[name].ending:
                self.pods[name].ending = True
                self.pod(self.pods[name].app)

    def end(self, pod: Pod) -> None:
        if pod.ending:
            del self.pods[pod.name]

    # ---------------------------------------------------------------- the module

    def snapshot(self) -> Snapshot:
        in_force, since = self.in_force
        return Snapshot(
            current=self.secret,
            remaining=0.9,
            kept=self.kept,
            noted=self.noted,
            in_force=in_force,
            in_force_since=at(since) if in_force else None,
            named=self.named,
            synced=self.carried_out_named == self.named,
            bundle=self.bundle,
            bundle_changed=at(self.bundle_changed),
            signing=self.signing,
            signing_ready=self.seen_signing == self.signing,
            anchor_issuing=self.anchor_issuing,
            issuer_anchor=self.issuer,
            issuer_issuing=self.issuer_issuing,
            issuer_changed=at(self.issuer_changed),
            control_plane_ready=True,
            proxies=tuple(map(_proxy, self.pods.values())),
            leaf_lifetime=dt.timedelta(seconds=LIFETIME),
            now=at(self.clock),
        )

    def carry_out(self, move: Move, planned: Snapshot, writes: int = 9) -> None:
        """The first few writes of a step, in the order of C(steps.py); then the play was killed."""
        for write in self._writes(move.step, planned)[:writes]:
            for name, value in write.items():
                setattr(self, name, value)

    def _writes(self, step: str, planned: Snapshot) -> list[dict[str, t.Any]]:
        hold = (planned.used or frozenset([planned.current])) | planned.noted
        copy = [] if planned.used or planned.kept == planned.current else [{"kept": planned.current}]
        noted: dict[str, t.Any] = {"noted": hold}
        if not hold <= planned.noted:
            noted["in_force"] = ("", 0)
        steps: dict[str, list[dict[str, t.Any]]] = {
            "keep": [noted, *copy, {"named": True}],
            "hold": [{"signing": KEPT}],
            "renew": [{"anchor_issuing": True}],
            "switch": [{"signing": ANCHOR}],
            "reissue": [{"issuer_issuing": True}],
            "confirm": [{"noted": planned.noted | planned.used, "in_force": (planned.current, self.clock)}],
            "retire": [{"named": False}, {"kept": ""}, {"noted": frozenset(), "in_force": ("", 0)}],
        }
        return steps[step]


def at(second: int) -> dt.datetime:
    return START + dt.timedelta(seconds=second)


def _proxy(pod: Pod) -> Proxy:
    return Proxy(
        pod=Ref("v1", "Pod", pod.name, "app"),
        owner=Ref("apps/v1", "ReplicaSet", pod.app, "app"),
        born=at(pod.born),
        anchors=None if pod.control_plane else pod.bundle,
        control_plane=pod.control_plane,
        identity=pod.app == "identity",
        ending=pod.ending,
    )
