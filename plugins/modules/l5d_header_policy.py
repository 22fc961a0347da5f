#!/usr/bin/python
# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: l5d_header_policy
short_description: Make every route of an ingress controller safe against l5d-dst-override
version_added: 0.1.0
author:
  - The pimesh.linkerd contributors (@pimesh)
description:
  - A view of the same plan that M(pimesh.linkerd.l5d_ingress_mesh) carries out, without the workload.
  - Routes are made to reach the Service's ClusterIP, or get C(l5d-dst-override) per backend plus a strip at every entry
    point, and each backend of each rule gets a verdict.
  - The settings of a controller that is not meshed yet are left to M(pimesh.linkerd.l5d_ingress_mesh), which writes them
    together with the pod annotations, so that both modules in one play need one write and one rollout.
options:
  state:
    description:
      - V(present) makes the routes safe.
      - V(absent) takes back what was done to routes and settings.
      - V(audit) changes nothing and reports what each route is worth.
      - V(rendered) only reads the cluster and returns what V(present) would bring about as RV(manifests) and RV(helm_values),
        for a repository that a GitOps tool applies. With O(dest) they are written into files too.
    type: str
    choices: [present, absent, audit, rendered]
    default: present
  probe:
    description:
      - Try every HTTP route with forged headers at this address, with O(state=audit) or once O(state=present) is done, and
        report in RV(probe) what comes back. Nothing is sent without this option, nor in check mode with O(state=present).
      - The forged header names nobody, so that nothing is relayed; a proxy that reads it refuses the request.
        R(What it can and cannot prove,ansible_collections.pimesh.linkerd.docsite.probe) has a page of its own.
      - Sends GET, or HEAD where a route takes nothing else, without credentials, with the header C(X-L5d-Probe); follows no
        redirect and reads no body.
      - Needs the Python library C(httpx) with HTTP/2 (C(httpx[http2])) where the module runs.
    type: dict
    suboptions:
      address:
        description:
          - Where the ingress controller listens, an address or a name.
          - Refused unless every address of it is loopback, a pod of the controller, an address of a Service in front of it
            (load balancer, external or cluster IP), or a node's.
        type: str
        required: true
      port:
        description: Port for plain HTTP; V(0) for none.
        type: int
        default: 80
      tls_port:
        description: Port for HTTPS; V(0) for none. Certificates are not checked.
        type: int
        default: 443
      http2:
        description: Whether to try HTTP/2 too, chosen by ALPN in TLS and by prior knowledge without.
        type: bool
        default: true
      variants:
        description: Which forms of the forged header to send; all by default.
        type: list
        elements: str
        choices: [plain, twice_forged_first, twice_forged_last, other_case, hop_by_hop, trailing_dot, no_port]
      timeout:
        description: Seconds that an answer may take.
        type: float
        default: 5.0
      limit:
        description: How many requests are sent at most; 15 to 30 for each rule.
        type: int
        default: 2000
      duration:
        description: Seconds after which no further request is sent. At most 8 are under way at a time.
        type: float
        default: 120.0
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - pimesh.linkerd.common
  - pimesh.linkerd.ingress
  - pimesh.linkerd.rendered
notes:
  - The Middlewares that it makes, and removes when no route needs them, are named C(l5d-strip) and C(l5d-<Service>-<port>), carry the label
    C(app.kubernetes.io/managed-by=pimesh.linkerd) and set or remove C(l5d-dst-override). Any other Middleware is somebody's, also one
    with that label that M(pimesh.linkerd.l5d_apply) wrote.
  - R(Choosing a strategy,ansible_collections.pimesh.linkerd.docsite.strategies) takes two minutes.
  - What each backend of each route is worth is R(a verdict,ansible_collections.pimesh.linkerd.docsite.verdicts), what a person should
    know besides is R(a finding,ansible_collections.pimesh.linkerd.docsite.findings) with a stable code.
  - For a repository that a GitOps tool applies, see R(GitOps,ansible_collections.pimesh.linkerd.docsite.gitops).
  - R(The rights that are needed,ansible_collections.pimesh.linkerd.docsite.rbac) are few; V(audit) and V(rendered) need those for reading only.
seealso:
  - module: pimesh.linkerd.l5d_ingress_mesh
"""

EXAMPLES = r"""
- name: Which of my routes are open relays?
  pimesh.linkerd.l5d_header_policy:
    state: audit
  register: policy

- name: Print them
  ansible.builtin.debug:
    msg: "{{ policy | community.general.json_query('verdicts[?!safe].[object.namespace, object.name, verdict]') }}"

- name: Make them safe
  pimesh.linkerd.l5d_header_policy:

- name: Fail a nightly play when a route is an open relay, or authentication is bypassed
  pimesh.linkerd.l5d_header_policy:
    state: audit
    fail_on: critical

- name: Show what each backend is worth, the unsafe ones first
  ansible.builtin.debug:
    msg: "{{ (policy.verdicts | rejectattr('safe')) + (policy.verdicts | selectattr('safe')) }}"

- name: Keep what makes them safe in a GitOps repository instead
  pimesh.linkerd.l5d_header_policy:
    state: rendered
    dest: /srv/gitops/clusters/pi/routes

- name: Take back what was done to the routes
  pimesh.linkerd.l5d_header_policy:
    state: absent

- name: Try what a client could do, from outside
  pimesh.linkerd.l5d_header_policy:
    state: audit
    fail_on: critical
    probe:
      address: 192.168.1.10
"""

RETURN = r"""
controller:
  description: The controller that was found, see M(pimesh.linkerd.l5d_ingress_mesh).
  returned: success
  type: dict
  sample: {name: traefik, version: 3.7.15, workload: Deployment kube-system/traefik, mode: enabled, pods: 1}
strategy:
  description: The strategy that was chosen.
  returned: when O(state) is not V(audit)
  type: str
  sample: cluster_ip
steps:
  description: What was written, or would be in check mode, in order.
  returned: success
  type: list
  elements: dict
  sample: []
findings:
  description: What a person should know, the most severe first.
  returned: success
  type: list
  elements: dict
  sample: []
handover:
  description:
    - Changes that are left to whoever owns the objects, see O(force). Without it the same is in RV(failure.handover) where nothing could be done.
  returned: when O(state) is V(present) or V(absent)
  type: list
  elements: dict
  contains:
    object:
      description: The object, as in RV(findings).
      type: dict
    managed_by:
      description: Who keeps it as it is. Empty where nobody does, for what has to be there before the rest.
      type: str
      sample: Argo CD application shop
    manifest:
      description: What changes in it, with its name and nothing else, for its file, C(kubectl patch) or kustomize.
      type: dict
    helm_values:
      description: Helm values to merge into those of the chart; only for settings of a controller that comes from one.
      type: dict
  sample: []
verdicts:
  description: One for each backend of each rule of each route; after the change, or as it is with O(state=audit).
  returned: success
  type: list
  elements: dict
  sample: []
summary:
  description: Counts.
  returned: success
  type: dict
  sample: {routes: 12, backends: 17, verdicts: {safe_full: 17}}
probe:
  description: What the forged requests showed, for each rule that sends requests to a backend.
  returned: with O(probe)
  type: list
  elements: dict
  contains:
    object:
      description: The route object.
      type: dict
    rule:
      description: Which of its rules, as in RV(verdicts).
      type: str
    verdicts:
      description: The verdicts of its backends.
      type: list
      elements: str
    request:
      description: Method, host and path that were sent; empty where none can be told from the rule.
      type: str
    judgement:
      description:
        - The worst of its results. V(reached) - the request failed with the forged header only, so the proxy read it.
        - V(differs) - another answer, which does not show who reads the header.
        - V(unproven) - the same answer, which proves nothing here.
        - V(held) - the same answer from behind a proxy that reads the header, so the forged one did not reach it.
        - V(unreachable) - no answer to compare with, or nothing was sent.
      type: str
    reason:
      description: Why.
      type: str
    complete:
      description: Whether every request was sent that should have been.
      type: bool
    results:
      description: One for each protocol and variant.
      type: list
      elements: dict
      contains:
        protocol:
          description: C(http), C(h2c), C(https) or C(h2).
          type: str
        variant:
          description: How the header was forged.
          type: str
        unforged_status:
          description: Status without a forged header.
          type: int
        status:
          description: Status with it; 0 where no answer came.
          type: int
        judgement:
          description: As above.
          type: str
        reason:
          description: Why.
          type: str
manifests:
  description:
    - Complete manifests of everything that O(state=present) would bring about, whether it is there already or not.
    - Our own objects first, then objects of others with our changes in them, what starts new pods last.
  returned: O(state=rendered)
  type: list
  elements: dict
  sample: []
helm_values:
  description: The same settings as values of the controller's own chart; empty where no chart is involved.
  returned: when O(state) is not V(audit)
  type: dict
  sample:
    deployment: {podAnnotations: {linkerd.io/inject: enabled}}
    providers: {kubernetesIngress: {nativeLBByDefault: true}}
withheld:
  description: Objects that are not rendered although they change, because a controller makes them anew. There is a warning for each.
  returned: O(state=rendered)
  type: list
  elements: dict
  sample: []
files:
  description: Paths of the files of this rendering; empty without O(dest).
  returned: O(state=rendered)
  type: list
  elements: str
  sample: [/srv/gitops/ingress/helmchartconfig-kube-system-traefik.yaml, /srv/gitops/ingress/kustomization.yaml]
ingress_mode_pods:
  description: >-
    Every workload of the cluster with pods in C(ingress) mode, one entry however many pods it has. Without an entry for a
    workload none of its pods follows C(l5d-dst-override).
  returned: when O(state=audit)
  type: list
  elements: dict
  contains:
    namespace:
      description: Its namespace.
      type: str
      sample: kube-system
    workload:
      description: Kind, namespace and name of what owns the pods.
      type: str
      sample: Deployment kube-system/traefik
    pods:
      description: How many of its pods run in that mode.
      type: int
      sample: 2
    source:
      description: >-
        What brings the mode, C(namespace annotation) where the namespace says so now, C(pod annotation) where only the pods do
        (they may have it from their namespace as it was when they were made), C(unknown) where neither does any more.
      type: str
      sample: pod annotation
    controller:
      description: Which ingress controller it is, empty where it is none that this collection knows.
      type: str
      sample: traefik
    policy:
      description: >-
        C(covered) when every route of the audited controller is safe, C(open) when one is not, C(not_judged) for another
        controller, and C(none) for anything else.
      type: str
      sample: covered
failure:
  description: What went wrong, in parts that a play can test.
  returned: failure
  type: dict
  contains:
    code:
      description: A stable word for the reason, such as C(forbidden), C(unreachable) or C(timeout); C(error) where there is no other.
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
      description: The steps that were done before the failure, in the form of RV(steps). Only when steps were being done.
      type: list
      elements: dict
    handover:
      description: Changes that their owner has to make first, in the form of RV(handover) and in their order.
      type: list
      elements: dict
"""

from ansible_collections.pimesh.linkerd.plugins.module_utils.ingress import OPTIONS, POLICY_OPTIONS, run_policy
from ansible_collections.pimesh.linkerd.plugins.module_utils.module_base import run


def main() -> None:
    run(run_policy, {**OPTIONS, **POLICY_OPTIONS})


if __name__ == "__main__":
    main()
