# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the next step of a rotation is computed from. Certificates are fingerprints here; keys are nowhere.

Times are the API server's own (creation timestamps, managed fields), in whole seconds: something is younger than something
else only when its second is a later one. Pure, no I/O.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from ..model import Ref

KEPT = "linkerd-trust-anchor-previous"
"""Secret with the old anchor's key for the time in which it still signs, and ConfigMap with its certificate alone."""
ISSUING = "Issuing"
"""Condition of a Certificate that is being issued anew, or is to be."""
IN_FORCE = "pimesh.linkerd/in-force"
"""Annotation of the ConfigMap: this anchor's issuer is what every replica of linkerd-identity signs with."""

SKEW = dt.timedelta(minutes=5)
"""What is added to the lifetime of a proxy's certificate before nobody can show it any more."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A pod with a proxy that runs, starts or ends. O(anchors) is what it was born with; None where the API does not show it."""

    pod: Ref
    owner: Ref | None
    born: dt.datetime
    anchors: frozenset[str] | None
    control_plane: bool = False
    identity: bool = False
    ending: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The cluster at one moment."""

    current: str
    """The anchor in the Secret that cert-manager renews."""
    remaining: float
    """Which part of its life is left."""
    kept: str
    """The anchor whose key is kept; empty for none."""
    noted: frozenset[str]
    """What our ConfigMap holds, for the bundle."""
    in_force: str
    in_force_since: dt.datetime | None
    named: bool
    """Whether the Bundle names our ConfigMap, so that trust-manager cannot have missed it."""
    synced: bool
    """Whether trust-manager has carried out the Bundle as it is now."""
    bundle: frozenset[str]
    bundle_changed: dt.datetime
    signing: str
    """The Secret that the ClusterIssuer signs with."""
    signing_ready: bool
    anchor_issuing: bool
    issuer_anchor: str
    """Which anchor the identity issuer is signed by."""
    issuer_issuing: bool
    issuer_changed: dt.datetime
    control_plane_ready: bool
    proxies: tuple[Proxy, ...]
    leaf_lifetime: dt.timedelta
    now: dt.datetime
    outside: tuple[Ref, ...] = ()
    """Links to other clusters and workloads outside of this one: proxies that nobody restarts from here."""
    control_plane_words: str = ""
    loaded: tuple[dt.datetime, ...] = ()
    """When replicas of linkerd-identity said that they loaded an issuer."""

    @property
    def used(self) -> frozenset[str]:
        """Anchors beside the current one that certificates in use may lead to."""
        found = {self.kept, self.issuer_anchor, *self.noted}
        if any(proxy.anchors is not None and self.current not in proxy.anchors for proxy in self.proxies):
            found.update(*(proxy.anchors for proxy in self.proxies if proxy.anchors is not None))
        return frozenset(found - {self.current, ""})

    @property
    def under_way(self) -> bool:
        return bool(self.kept or self.noted or self.used)

    @property
    def needed(self) -> frozenset[str]:
        """What every proxy has to trust."""
        return self.used | {self.current}

    def lacking(self) -> list[Proxy]:
        """Proxies that are known not to trust all of it."""
        return [proxy for proxy in self.proxies if proxy.anchors is not None and not self.needed <= proxy.anchors]

    def stale(self) -> list[Proxy]:
        """Pods of the control plane that started before the bundle became what it is: identity and proxies read it once."""
        return [proxy for proxy in self.proxies if (proxy.control_plane or proxy.anchors is None) and proxy.born <= self.bundle_changed]

    def unaware(self) -> list[Proxy]:
        """Replicas of linkerd-identity that started before the issuer became what it is."""
        return [proxy for proxy in self.proxies if proxy.identity and proxy.born <= self.issuer_changed]

    def older_leaves(self) -> list[Proxy]:
        """Proxies whose certificate may be one that the issuer before this one signed."""
        since = self.in_force_since
        if since is None or self.now > since + self.leaf_lifetime + SKEW:
            return []
        return [proxy for proxy in self.proxies if proxy.born <= since]
