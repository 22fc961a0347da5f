# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which Ingresses the controller serves.

Source: GetIngressClass in internal/ingress/controller/store of controller v1.15.1, and IsValid of v0.49.3.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..model import Object
from ..routes.base import mapping, text
from .flags import Flags
from .releases import Release

ANNOTATION = "kubernetes.io/ingress.class"
CONTROLLER = "k8s.io/ingress-nginx"
DEFAULT_NAME = "nginx"


class Classes:
    def __init__(self, flags: Flags, release: Release, classes: t.Iterable[Object]) -> None:
        self._release = release
        self._name = flags.value("ingress-class", DEFAULT_NAME)
        self._controller = flags.value("controller-class", CONTROLLER)
        self._by_name = flags.is_on("ingress-class-by-name")
        self._without = flags.is_on("watch-ingress-without-class")
        self._namespace = flags.value("watch-namespace")
        self._classes = {text(mapping(obj.get("metadata")).get("name")) for obj in classes if self._is_ours(obj)}

    def serves(self, obj: Object) -> bool:
        meta = mapping(obj.get("metadata"))
        if self._namespace and text(meta.get("namespace")) != self._namespace:
            return False
        annotation = mapping(meta.get("annotations")).get(ANNOTATION)
        named = mapping(obj.get("spec")).get("ingressClassName")
        if not self._release.reads_ingress_classes:
            wanted = text(annotation if annotation is not None else named)
            return wanted == self._name or (not wanted and self._name == DEFAULT_NAME)
        if named is not None:
            return text(named) in self._classes
        return self._without if annotation is None else text(annotation) == self._name

    def _is_ours(self, obj: Object) -> bool:
        named = text(mapping(obj.get("metadata")).get("name")) == self._name
        return mapping(obj.get("spec")).get("controller") == self._controller or (self._by_name and named)
