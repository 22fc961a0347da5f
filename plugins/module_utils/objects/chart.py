# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a chart renders, by Helm itself, for the cluster as it is.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import json
import re
import typing as t

from ..addresses import without_passwords
from ..errors import ClusterError, InputError

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

    from ..cluster import Cluster
    from ..model import Object
    from .helm import Release

OUT_OF_REACH = ("not a valid chart repository", "cannot be reached", "failed to do request", "dial tcp", "no such host", "i/o timeout")


def render(module: AnsibleModule, cluster: Cluster, release: Release, chart: Object, values: Object) -> str:
    """The objects of the chart as one YAML text, its CRDs included and its hooks left out; nothing touches the disk."""
    command = [_helm(module), *_arguments(release, chart), *_capabilities(cluster), "--values", "-"]
    code, output, errors = module.run_command(command, data=json.dumps(values), environ_update=_environment(module, chart))
    if code:
        raise _failure(release, chart, without_passwords(errors.strip()))
    return str(output)


def _environment(module: AnsibleModule, chart: Object) -> dict[str, str]:
    """No plugins; and what is fetched for this run lies where no other run of Helm writes. Only C(alias/chart) needs the user's own cache."""
    fetched = _repository(chart) or str(chart["ref"]).startswith("oci://")
    return {"HELM_PLUGINS": module.tmpdir, **({"HELM_REPOSITORY_CACHE": module.tmpdir} if fetched else {})}


def _repository(chart: Object) -> str:
    """Only a bare name is looked up in one; Helm refuses it beside an C(oci://) reference."""
    return str(chart.get("repo_url") or "") if re.fullmatch(r"[A-Za-z0-9_-]+", str(chart["ref"])) else ""


def _helm(module: AnsibleModule) -> str:
    wanted = module.params["binary_path"]
    found = wanted or module.get_bin_path("helm")
    if not found:
        raise InputError(
            "binary_path",
            "there is no helm on the PATH",
            "Install Helm 3 on the machine that runs the play, or say where it is.",
            code="no_helm",
        )
    return str(found)


def _arguments(release: Release, chart: Object) -> list[str]:
    """The same words that somebody would type to see it."""
    options = {"--version": chart.get("version"), "--repo": _repository(chart)}
    given = [word for option, value in options.items() if value for word in (option, str(value))]
    return ["template", release.name, str(chart["ref"]), "--namespace", release.namespace, "--include-crds", "--no-hooks", *given]


def _capabilities(cluster: Cluster) -> list[str]:
    """What charts may ask of a cluster; without it Helm answers for one that it makes up."""
    return ["--kube-version", cluster.version()["gitVersion"], "--api-versions", ",".join(sorted(cluster.group_versions()))]


def _failure(release: Release, chart: Object, errors: str) -> ClusterError:
    words, name = without_passwords(" ".join(["helm", *_arguments(release, chart)])), without_passwords(str(chart["ref"]))
    if any(sign in errors for sign in OUT_OF_REACH):
        where = without_passwords(_repository(chart) or name)
        remedy = f"Look whether {where} answers from the machine that runs the play; `{words}` shows more. An archive on disk does as well."
        return ClusterError(str(release), f"its chart {name} is out of reach: {errors}", remedy, code="chart_out_of_reach")
    return ClusterError(str(release), f"its chart {name} cannot be rendered: {errors}", f"Try `{words}`.", code="chart")
