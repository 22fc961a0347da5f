#!/usr/bin/python
# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible module l5d_rollout."""

from __future__ import annotations

DOCUMENTATION = r"""
module: l5d_rollout
short_description: Restart the workloads whose pods lack the proxy or lag behind the mesh, and no others
version_added: 0.1.0
author:
  - The pimesh.linkerd contributors (@pimesh)
description:
  - A proxy is what it was when its pod was made. After an upgrade, a rotation of the trust anchor or another setting, pods have to be
    made again. This module finds the workloads whose pods lag, restarts them in batches, and waits for each batch.
  - What a pod would get today is asked of the API itself, by a dry run of the workload's pod template that goes through Linkerd's own
    injector. Nothing is created.
  - At the end it looks again. Only when nothing lags any more is the run a success.
options:
  state:
    description:
      - V(present) restarts what lags. V(audit) only reports it.
      - V(absent) takes every proxy away, as the first step of removing Linkerd. It deletes the webhooks of Linkerd's injector, so
        that new pods come up without a proxy whatever they are annotated with, then restarts every workload whose pods have one. The
        control plane's own are left alone; it is to serve the others until the last of them is restarted.
    type: str
    choices: [present, absent, audit]
    default: present
  namespaces:
    description: Look at these namespaces only.
    type: list
    elements: str
    default: []
  exclude_namespaces:
    description: Leave these namespaces out.
    type: list
    elements: str
    default: []
  workloads:
    description: Look at these workloads only.
    type: list
    elements: dict
    default: []
    suboptions:
      kind:
        description: The workload's kind.
        type: str
        choices: [Deployment, StatefulSet, DaemonSet]
        default: Deployment
      namespace:
        description: Its namespace.
        type: str
        required: true
      name:
        description: Its name.
        type: str
        required: true
  reasons:
    description:
      - Which kinds of lag count.
      - V(no_proxy) - pods have none, and new ones would get one.
      - V(version) - the proxy is of another release than the one that C(linkerd-config) names.
      - V(trust_bundle) - the proxy trusts other certificates than those in C(linkerd-identity-trust-roots).
      - V(settings) - mode, ports to skip, native sidecar, tracing, resources, log format and whatever else differs from a new proxy.
      - V(unwanted_proxy) - pods have one, and new ones would get none.
    type: list
    elements: str
    choices: [no_proxy, version, trust_bundle, settings, unwanted_proxy]
    default: [no_proxy, version, trust_bundle, settings, unwanted_proxy]
  older_than:
    description:
      - Pods with a proxy that were not made after this moment lag too, whatever they have. It is spelled like V(2026-11-21T18:05:00Z).
      - A rotation of the trust anchor uses it, because a proxy's certificate is not to be seen through the API, and its age is.
    type: str
    default: ""
  control_plane:
    description:
      - Look at Linkerd's own control plane too, and restart it first. It reads the trust bundle when it starts.
      - Without this its injector is restarted all the same where it may still hand out settings or a bundle that are no longer in force.
    type: bool
    default: false
  force:
    description:
      - With O(state=absent), go on although pods with a proxy remain that nothing restarts, such as bare pods and running Jobs.
        They are cut off when Linkerd is gone. Otherwise that is an error before anything is changed.
    type: bool
    default: false
  strip_annotations:
    description:
      - With O(state=absent), also take C(linkerd.io/inject) away from namespaces and pod templates, whoever wrote it, except from what
        Argo CD, Flux, an operator or k3s keeps as it is.
    type: bool
    default: false
  batch:
    description: How many workloads are restarted at a time.
    type: int
    default: 3
  wait_timeout:
    description: How many seconds to wait for each batch.
    type: int
    default: 300
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - pimesh.linkerd.common
notes:
  - Deployments, StatefulSets and DaemonSets are restarted like C(kubectl rollout restart) does it, so each follows its own strategy,
    C(minReadySeconds) included. A PodDisruptionBudget does not hold up a rollout; that is Kubernetes' rule, not this module's.
  - Bare pods, Jobs and ReplicaSets without a Deployment are reported and not touched, and so are Deployments that are paused, workloads
    with the update strategy C(OnDelete) or a partition, and templates that carry the proxy themselves.
  - Pods that no webhook of Linkerd's would see, as in kube-system, lack nothing. A narrow webhook for an ingress controller there counts.
  - If the injector adds no proxy to any pod that it should, nothing is restarted, because that would take proxies away.
  - Workloads that were not ready before are restarted last.
seealso:
  - module: pimesh.linkerd.l5d_mesh_info
  - module: pimesh.linkerd.l5d_ingress_mesh
"""

EXAMPLES = r"""
- name: Report what lags
  pimesh.linkerd.l5d_rollout:
    state: audit
  register: lag

- name: After an upgrade, bring every proxy to the control plane's release, two workloads at a time
  pimesh.linkerd.l5d_rollout:
    reasons: [version, settings]
    batch: 2
    wait_timeout: 600

- name: After the trust bundle changed, restart whoever does not know it yet, the control plane first
  pimesh.linkerd.l5d_rollout:
    reasons: [trust_bundle]
    control_plane: true
    exclude_namespaces: [longhorn-system]

- name: Take every proxy away, before Linkerd itself is removed
  pimesh.linkerd.l5d_rollout:
    state: absent

- name: Restart one workload if it lags
  pimesh.linkerd.l5d_rollout:
    workloads:
      - namespace: media
        name: jellyfin
"""

RETURN = r"""
restarted:
  description: The workloads that were restarted, or in check mode would be, in that order.
  returned: success
  type: list
  elements: dict
  contains: &object
    apiVersion:
      description: The object's apiVersion.
      type: str
    kind:
      description: The object's kind.
      type: str
    namespace:
      description: The object's namespace.
      type: str
    name:
      description: The object's name.
      type: str
  sample:
    - {apiVersion: apps/v1, kind: Deployment, namespace: media, name: jellyfin}
lagging:
  description: What lagged when the run began.
  returned: success
  type: list
  elements: dict
  contains:
    object:
      description: The workload, or the pod or Job that nothing restarts.
      type: dict
      contains: *object
    pods:
      description: The names of its pods.
      type: list
      elements: str
    reasons:
      description: In which ways they lag, see O(reasons); V(age) is O(older_than).
      type: list
      elements: str
    detail:
      description: The same in words. Settings are named, never shown.
      type: str
  sample:
    - object: {apiVersion: apps/v1, kind: Deployment, namespace: media, name: jellyfin}
      pods: [jellyfin-7d4b9c-x2x9p]
      reasons: [version]
      detail: proxy edge-25.9.4, edge-26.6.3 is current
not_restarted:
  description: What lags and is not restarted here.
  returned: success
  type: list
  elements: dict
  contains:
    object:
      description: The object, as in RV(lagging).
      type: dict
      contains: *object
    reason:
      description: Why not, and what to do.
      type: str
findings:
  description: What a person should know. What was restarted is not among them any more.
  returned: success
  type: list
  elements: dict
  contains:
    code:
      description: The finding's code, such as L5D335.
      type: str
    severity:
      description: C(info), C(warning), C(error) or C(critical).
      type: str
    object:
      description: The object, as in RV(lagging).
      type: dict
      contains: *object
    reason:
      description: What was found.
      type: str
    remedy:
      description: What to do about it.
      type: str
failure:
  description: What went wrong, in parts that a play can test.
  returned: failure
  type: dict
  contains:
    code:
      description: A stable word for the reason, such as C(timeout), C(rollout), C(undone), C(injector), C(held) or C(still_lagging).
      type: str
    subject:
      description: What it is about.
      type: str
    reason:
      description: What is wrong with it.
      type: str
    remedy:
      description: What to do about it.
      type: str
    done:
      description: The writes before the failure. Only when there was something to write.
      type: list
      elements: dict
"""

from ansible_collections.pimesh.linkerd.plugins.module_utils.module_base import run
from ansible_collections.pimesh.linkerd.plugins.module_utils.rollouts.lag import REASONS
from ansible_collections.pimesh.linkerd.plugins.module_utils.rollouts.run import main as rollout

WORKLOAD = {
    "kind": {"type": "str", "choices": ["Deployment", "StatefulSet", "DaemonSet"], "default": "Deployment"},
    "namespace": {"type": "str", "required": True},
    "name": {"type": "str", "required": True},
}
OPTIONS = {
    "state": {"type": "str", "choices": ["present", "absent", "audit"], "default": "present"},
    "namespaces": {"type": "list", "elements": "str", "default": []},
    "exclude_namespaces": {"type": "list", "elements": "str", "default": []},
    "workloads": {"type": "list", "elements": "dict", "default": [], "options": WORKLOAD},
    "reasons": {"type": "list", "elements": "str", "choices": list(REASONS), "default": list(REASONS)},
    "older_than": {"type": "str", "default": ""},
    "control_plane": {"type": "bool", "default": False},
    "force": {"type": "bool", "default": False},
    "strip_annotations": {"type": "bool", "default": False},
    "batch": {"type": "int", "default": 3},
    "wait_timeout": {"type": "int", "default": 300},
}


def main() -> None:
    """Restart what lags."""
    run(rollout, OPTIONS)


if __name__ == "__main__":
    main()
