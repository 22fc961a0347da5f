# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which objects C(helm uninstall) would delete, and making it keep some.

Helm decides that by the manifest it stored with the release, never by the live object: there
C(helm.sh/resource-policy) counts only for what an upgrade drops (helm.sh/helm/v3, pkg/action/resource_policy.go
and pkg/kube/client.go). So the annotation has to get into the stored manifest.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import contextlib
import re
import typing as t

from ..errors import PlanningError
from ..model import Object, Ref
from .helm import record_of, with_record

with contextlib.suppress(ImportError):  # the kubernetes client needs it as well, and the cluster layer reports that one
    import yaml

    _LOADER: t.Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    _DUMPER: t.Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

POLICY, KEEP = "helm.sh/resource-policy", "keep"
Which: t.TypeAlias = "t.Container[str | Ref]"
"""Whole kinds, or single objects."""
_SEPARATOR = re.compile(r"(?:^|\s*\n)---\s*")
"""Helm's own, so that a document here is a document there."""


def stored(secret: Object, which: Which) -> list[Object]:
    """Those of the objects that the release is made of."""
    return [obj for _text, obj in _documents(secret) if obj is not None and _among(obj, which)]


def unprotected(secret: Object, which: Which) -> list[Ref]:
    """Those of them that an uninstall would delete."""
    return [Ref.of(obj) for obj in stored(secret, which) if not keeps(obj)]


def protected(secret: Object, which: Which) -> Object:
    """The same release, whose uninstall leaves these objects alone."""
    texts = [_kept(text, obj) if obj is not None and _among(obj, which) else text for text, obj in _documents(secret)]
    record = record_of(secret)
    return with_record(secret, {**record, "manifest": "".join(f"---\n{text.rstrip()}\n" for text in texts)})


def _among(obj: Object, which: Which) -> bool:
    return obj.get("kind") in which or ("metadata" in obj and Ref.of(obj) in which)


def keeps(obj: Object) -> bool:
    """Whether Helm reads a keep policy from this object's annotations."""
    annotations = (obj.get("metadata") or {}).get("annotations") or {}
    return str(annotations.get(POLICY) or "").strip().lower() == KEEP


def _documents(secret: Object) -> list[tuple[str, Object | None]]:
    """Every document as text, and as an object where it is one."""
    manifest = str(record_of(secret).get("manifest") or "")
    texts = [text for text in _SEPARATOR.split(manifest) if text.strip()]
    return [(text, _parsed(text, secret)) for text in texts]


def _parsed(text: str, secret: Object) -> Object | None:
    try:
        found = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader, the fast one where libyaml is there
    except yaml.YAMLError as exc:
        raise PlanningError(
            str(Ref.of(secret)),
            f"a document of its manifest is not YAML: {getattr(exc, 'problem', exc)}",
            "Helm could not uninstall it either. Mend the release first; nothing was changed.",
        ) from exc
    return found if isinstance(found, dict) else None


def _kept(text: str, obj: Object) -> str:
    if keeps(obj):
        return text
    meta = obj.get("metadata") or {}
    annotated = {**obj, "metadata": {**meta, "annotations": {**(meta.get("annotations") or {}), POLICY: KEEP}}}
    source = "".join(f"{line}\n" for line in text.splitlines() if line.startswith("# Source:"))
    return source + str(yaml.dump(annotated, Dumper=_DUMPER, sort_keys=False, allow_unicode=True, width=120))
