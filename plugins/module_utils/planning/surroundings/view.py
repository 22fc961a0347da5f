# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each concern looks at.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ...linkerd import ports
from ...linkerd.annotations import CONTROL_PLANE_LABEL, PROXY_OWNER_LABEL, SKIP_INBOUND, SKIP_OUTBOUND, WORKLOAD_NAMESPACE_LABEL
from ...linkerd.injection import effective_annotations
from ...linkerd.installation import Installation
from ...model import Object, Ref, Verdict
from ...network_policy import Place
from ...routes.base import Backend
from ..around import Around
from ..context import Context


@dataclass(frozen=True, slots=True)
class View:
    """A controller with a proxy beside it, and what is around them."""

    context: Context
    linkerd: Installation
    template: Object
    mode: str
    verdicts: t.Sequence[Verdict]

    @property
    def workload(self) -> Ref:
        return self.context.workload

    @property
    def around(self) -> Around:
        return self.context.snapshot.around

    @property
    def annotations(self) -> dict[str, str]:
        return effective_annotations(self.template, self.context.snapshot.namespace)

    @property
    def labels(self) -> dict[str, str]:
        """Of the pods, those that the injector adds among them."""
        return {
            **((self.template.get("metadata") or {}).get("labels") or {}),
            CONTROL_PLANE_LABEL: self.linkerd.namespace,
            WORKLOAD_NAMESPACE_LABEL: self.workload.namespace,
            f"{PROXY_OWNER_LABEL}{self.workload.kind.lower()}": self.workload.name,
        }

    @property
    def skips_inbound(self) -> list[ports.PortRange]:
        return ports.lenient(self.annotations.get(SKIP_INBOUND, self.linkerd.skip_inbound))

    @property
    def skips_outbound(self) -> list[ports.PortRange]:
        return ports.lenient(self.annotations.get(SKIP_OUTBOUND, self.linkerd.skip_outbound))

    @property
    def pod(self) -> Place:
        """The controller's pods, as NetworkPolicies see them."""
        proxy = {"linkerd-proxy": self.linkerd.inbound_port, "linkerd-admin": self.linkerd.admin_port}
        own = self.context.controller.ports(self.context.snapshot.workload)
        return Place(self.workload.namespace, self.labels, self.namespace_labels(self.workload.namespace), {**own, **proxy})

    def namespace_labels(self, name: str) -> t.Mapping[str, str] | None:
        own = self.context.snapshot.namespace
        found = self.around.namespaces.get(name) or (own if name == self.workload.namespace and "labels" in own["metadata"] else None)
        return (found["metadata"].get("labels") or {}) if found else None

    def policies(self, namespace: str) -> list[Object]:
        return [policy for policy in self.around.network_policies if policy["metadata"].get("namespace") == namespace]

    def backends(self) -> list[Backend]:
        """Each Service port that a route leads to, once."""
        found: dict[tuple[str, str, int], Backend] = {}
        for route in self.context.reading.routes:
            for _rule, backend in route.backends():
                if backend.service is not None and not backend.problem and not backend.external:
                    found.setdefault((backend.namespace, backend.name, backend.port), backend)
        return list(found.values())


def some(names: t.Sequence[str], most: int = 3) -> str:
    """A few of many names."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
