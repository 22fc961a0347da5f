# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A handover of l5d_ingress_mesh, written into the manifest file that k3s applies. Pure, text in and text out.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import contextlib
import re

from ..diff import lines_dumper
from ..errors import InputError
from ..helm_values import dump_values, merge_values, parse_values
from ..model import Object, Ref

with contextlib.suppress(ImportError):  # the kubernetes client needs it as well, and the cluster layer reports that one
    import yaml

_SEPARATOR = re.compile(r"(?m)^(---[^\n]*(?:\n|\Z))")


def with_handover(text: str, handover: Object) -> str:
    """The file with what the handover says in the object that it is for. Everything else stays to the letter."""
    wanted = handover.get("object")
    if not isinstance(wanted, dict) or not isinstance(handover.get("manifest"), dict):
        raise InputError("handover", "it has no object or no manifest", "Give one entry of a handover that l5d_ingress_mesh returned.")
    ref = Ref(*(str(wanted.get(key) or "") for key in ("apiVersion", "kind", "name", "namespace")))
    return "".join(part if _SEPARATOR.fullmatch(part) else _edited(part, ref, handover) for part in _SEPARATOR.split(text))


def _edited(part: str, ref: Ref, handover: Object) -> str:
    try:
        obj = yaml.safe_load(part)
    except yaml.YAMLError as exc:
        problem = getattr(exc, "problem", exc)
        raise InputError("manifest", f"a document of it is not YAML: {problem}", "k3s cannot apply it either; mend it first.") from exc
    if not isinstance(obj, dict) or Ref.of(obj) != ref:
        return part
    wanted = _merged(obj, handover, ref)
    if wanted == obj:
        return part
    comments = "".join(re.findall(r"\A(?:[ \t]*#[^\n]*\n|[ \t]*\n)*", part))
    return comments + str(yaml.dump(wanted, Dumper=lines_dumper(), sort_keys=False, allow_unicode=True, width=120))


def _merged(obj: Object, handover: Object, ref: Ref) -> Object:
    merged = merge_values(obj, {"spec": handover["manifest"].get("spec") or {}})
    values = handover.get("helm_values") or {}
    if not values:
        return merged
    spec = merged.get("spec") or {}
    before = parse_values(spec.get("valuesContent"), str(ref))
    after = merge_values(before, values)
    return {**merged, "spec": {**spec, "valuesContent": dump_values(after)}} if after != before else merged
