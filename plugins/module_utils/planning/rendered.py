# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A joint plan as a rendering: the cluster that it leads to, as far as it is ours, whether it is there already or not.

The record of what is ours inside somebody's object stays in it. Without it a later rendering, which reads the objects
that this one brought, would take our changes for their owner's, and the file would go.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import itertools
import typing as t

from ..model import Object, Ref
from ..ownership import is_recorded
from ..rendering.keeping import kept, maker_of
from ..rendering.render import Rendering
from .context import is_ours
from .ingress import Joint


def rendering(joint: Joint, earlier: t.Iterable[Ref] = ()) -> Rendering:
    """O(earlier): objects of others that an earlier rendering wrote down. They stay, as they are, for as long as they exist:

    the tool that applies the files may delete an object whose file goes.
    """
    helm = joint.helm
    known = set(earlier)

    def chosen(objects: t.Iterable[Object]) -> list[Object]:
        needed = [obj for obj in objects if Ref.of(obj) not in joint.in_values]
        return [obj for obj in needed if is_recorded(obj) or Ref.of(obj) in known or _is_our_config(obj)]

    planned = joint.planned
    routes = sorted(chosen(itertools.chain(*planned.objects.values())), key=Ref.of)
    settings = [*planned.configs, *([planned.workload] if helm is None or helm.by_manifest else [])]
    merged = [*routes, *chosen(settings)]  # what starts new pods comes last
    own = [kept(obj) for obj in sorted(joint.own, key=Ref.of)]
    result = Rendering(own, merged=[kept(obj) for obj in merged if not maker_of(obj)])
    result.withheld = [{**Ref.of(obj).to_dict(), "reason": f"{maker_of(obj)} makes it anew"} for obj in merged if maker_of(obj)]
    if helm is not None:
        result.release, result.values, result.in_file = helm.release, helm.values, not helm.by_manifest
    return result


def _is_our_config(obj: Object) -> bool:
    return obj.get("kind") == "HelmChartConfig" and is_ours(obj)
