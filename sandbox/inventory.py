# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Ansible inventory of a sandbox: site.yml finds its cluster, Helm and the stand-in charts in it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import yaml

from sandbox.k3s import server

if TYPE_CHECKING:
    from pathlib import Path

CHART_VARIABLES = {
    "cert-manager": "cert_manager_chart_ref",
    "trust-manager": "cert_manager_trust_chart_ref",
    "linkerd-crds-{{ linkerd_control_plane_chart_version }}": "linkerd_control_plane_crds_chart_ref",
    "linkerd-control-plane-{{ linkerd_control_plane_chart_version }}": "linkerd_control_plane_chart_ref",
    "linkerd2-cni-{{ linkerd_control_plane_chart_version }}": "linkerd_control_plane_cni_chart_ref",
    "linkerd-viz-{{ linkerd_viz_chart_version }}": "linkerd_viz_chart_ref",
    "linkerd-jaeger-2025.9.4": "linkerd_jaeger_chart_ref",
}
"""Chart -> the role variable that says where it is. Linkerd's come in several versions (sandbox.charts.versions); the roles' variables choose."""


def write(directory: Path, *, host: str, kubeconfig: Path, helm: Path, charts: Path | None) -> Path:
    """Write ``inventory.yml`` into the sandbox's directory. Without stand-in charts they come from where users get them."""
    variables = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "linkerd_kubeconfig": str(kubeconfig),
        "linkerd_helm_binary": str(helm),
    }
    if charts is not None:
        variables |= {variable: str(charts / chart) for chart, variable in CHART_VARIABLES.items()}
    inventory = {"linkerd_clusters": {"hosts": {host: variables}}, "k3s_servers": {"hosts": _servers(directory)}}
    path = directory / "inventory.yml"
    temporary = directory / "inventory.yml.new"
    temporary.write_text(yaml.safe_dump(inventory, sort_keys=False), encoding="utf-8")
    temporary.replace(path)
    return path


def _servers(directory: Path) -> dict[str, dict[str, object]]:
    """The cluster's server: here a directory, and a file to touch in place of ``systemctl restart k3s``."""
    home = server.make(directory, "pi-1")
    return {
        home.name: {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "linkerd_ingress_k3s_become": False,
            "linkerd_ingress_k3s_config": str(home / "etc/rancher/k3s/config.yaml"),
            "linkerd_ingress_k3s_manifests": str(home / "manifests"),
            "linkerd_ingress_k3s_restart": f"touch {shlex.quote(str(home / 'restart'))}",
        }
    }
