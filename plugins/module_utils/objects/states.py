# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The states of l5d_apply: from options to results.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from functools import partial

from ..certificates import now
from ..diff import plan_diff
from ..model import Ref
from ..rendering import run
from ..rendering.render import Rendering, chart_facts
from . import helm, left_alone
from .audit import Wanted, differing
from .chart import render
from .compare import compare
from .expecting import Expectation
from .owners import labelled
from .readiness import can_tell
from .reading import rank, read
from .uninstall import uninstall
from .waiting import Target, wait_ready
from .writing import check_present, make_present, remove, reporting

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

    from ..cluster import Cluster
    from ..model import Object, Step
    from .audit import Rendered
    from .expecting import Placed
    from .writing import Outcome

Result = dict[str, t.Any]


def apply(module: AnsibleModule, cluster: Cluster) -> Result:
    """What the module does, by state."""
    if module.params["state"] == "rendered":
        return _rendered(module)
    return STATES[module.params["state"]](module, cluster)


def _objects(module: AnsibleModule, *options: str) -> list[list[Object]]:
    """The objects that each option gives. Options are part of what ansible logs, so only names stay there: some are Secrets."""
    given = [module.params[option] for option in options]
    module.params.update({option: [] for option in options})
    objects = [read(items) for items in given]
    read(objects)  # none of them twice
    module.params.update({option: [str(Ref.of(obj)) for obj in found] for option, found in zip(options, objects, strict=True)})
    return objects


def _result(steps: list[Step], pending: t.Iterable[Placed] = (), **more: t.Any) -> Result:
    return {
        "changed": bool(steps),
        "steps": [step.to_dict() for step in steps],
        "pending": [{**Ref.of(entry.obj).to_dict(), "reason": entry.pending} for entry in pending],
        "diff": plan_diff(steps),
        **more,
    }


def _present(module: AnsibleModule, cluster: Cluster) -> Result:
    params = module.params
    objects, obsolete = _objects(module, "resources", "obsolete")
    expectation = Expectation.parse(params["expected"])
    targets = [Target.parse(entry) for entry in params["wait_for"]]
    if module.check_mode:
        outcome = check_present(cluster, objects, expectation)
    else:
        outcome = make_present(cluster, objects)
        if params["wait"]:
            written = [Target(ref) for ref in map(Ref.of, objects) if can_tell(ref.api_version, ref.kind)]
            wait_ready(cluster, [*written, *targets], params["wait_timeout"])
    with reporting(outcome):
        removed = _remove(module, cluster, obsolete, objects)
    return _result([*outcome.steps, *removed.steps], outcome.pending, kept=[ref.to_dict() for ref in removed.kept])


def _absent(module: AnsibleModule, cluster: Cluster) -> Result:
    (objects,) = _objects(module, "resources")
    removed = _remove(module, cluster, objects)
    return _result(removed.steps, kept=[ref.to_dict() for ref in removed.kept])


def _remove(module: AnsibleModule, cluster: Cluster, objects: list[Object], wanted: t.Sequence[Object] = ()) -> Outcome:
    params = module.params
    timeout = params["wait_timeout"] if params["wait"] else 0
    outcome = remove(cluster, objects, force=params["force"], check_mode=module.check_mode, wait_timeout=timeout, wanted=wanted)
    left_alone.kept(outcome.kept, module.warn)
    return outcome


def _compared(module: AnsibleModule, cluster: Cluster) -> Result:
    (given,) = _objects(module, "resources")
    objects = given + read([_chart(module, cluster)])
    found = compare(cluster, objects, _release(module), Expectation.parse(module.params["expected"]))
    left_alone.drifted(found.drifted, module.warn)
    return {
        **_result(found.steps, found.pending),
        # Nothing is changed here; check mode says what the helm task after this one will do, and so shows the diff.
        "changed": module.check_mode and found.differs,
        "differs": found.differs,
        "drifted": [ref.to_dict() for ref in found.drifted],
        **_status(found.history),
    }


def _audit(module: AnsibleModule, cluster: Cluster) -> Result:
    params = module.params
    releases: list[Rendered] = []
    for entry in params["releases"]:
        release = helm.Release(entry["name"], entry["namespace"])
        releases.append((release, partial(_rendering, module, cluster, release, entry["chart"], _values(entry))))
    objects, obsolete = _objects(module, "resources", "obsolete")
    targets = [Target.parse(entry) for entry in params["wait_for"]]
    found = differing(cluster, Wanted(objects, obsolete, targets, releases, force=params["force"]), module.warn)
    return {**_result([]), "differs": bool(found), "differing": found}


def _rendering(module: AnsibleModule, cluster: Cluster, release: helm.Release, chart: Object, values: Object) -> list[Object]:
    return read([render(module, cluster, release, chart, values)])


def _values(options: Result) -> Result:
    """Some values are secrets, and options are part of what ansible shows, so only names stay there."""
    values, options["values"] = options["values"] or {}, sorted(options["values"] or {})
    return t.cast("Result", values)


def _repaired(module: AnsibleModule, cluster: Cluster) -> Result:
    release = _release(module)
    steps = helm.repair(cluster, release, stale_after=module.params["stale_after"], check_mode=module.check_mode, now=now())
    return _result(steps, **_status(helm.history(cluster, release)))


def _uninstalled(module: AnsibleModule, cluster: Cluster) -> Result:
    params, found = module.params, helm.history(cluster, _release(module))
    if not module.check_mode:
        found = helm.settled(cluster, found, stale_after=params["stale_after"], now=now())
    outcome = uninstall(cluster, found, check_mode=module.check_mode, wait_timeout=params["wait_timeout"] if params["wait"] else 0)
    return _result(outcome.steps, kept=[ref.to_dict() for ref in outcome.kept], **_status(found))


def _rendered(module: AnsibleModule) -> Result:
    """The objects as present would write them, and a chart's values; the cluster is not asked."""
    params, (given,) = module.params, _objects(module, "resources")
    objects = [labelled(obj, None) for obj in given]
    name = params["release"]["name"] if params["release"] else ""
    manifests, withheld = run.without_secrets(sorted(objects, key=rank))
    made = Rendering(manifests, values=params["values"] or {}, release=name, withheld=withheld)
    if params["chart"]:
        made.chart = chart_facts(_release(module), params["chart"], with_values=bool(made.values))
    directory = run.open_directory(module, f"l5d_apply for release {name}" if name else "l5d_apply")
    return {**_result([]), **run.result(made), **run.write(module, made, directory)}


def _chart(module: AnsibleModule, cluster: Cluster) -> str:
    """What the chart renders."""
    values = _values(module.params)
    return render(module, cluster, _release(module), module.params["chart"], values) if module.params["chart"] else ""


def _release(module: AnsibleModule) -> helm.Release:
    return helm.Release(**module.params["release"])


def _status(history: helm.History) -> Result:
    return {"release_status": history.status, "release_revision": history.number}


STATES: dict[str, t.Callable[[AnsibleModule, Cluster], Result]] = {
    "present": _present,
    "absent": _absent,
    "audit": _audit,
    "compared": _compared,
    "repaired": _repaired,
    "uninstalled": _uninstalled,
}
