#!/usr/bin/python
# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: l5d_ingress_mesh
short_description: Mesh an ingress controller with Linkerd and keep every route safe
version_added: 0.1.0
author:
  - The pimesh.linkerd contributors (@pimesh)
description:
  - Finds the ingress controller, plans routes, controller settings and pod annotations together, writes them in a safe
    order with one rollout, and proves the result by planning again.
  - Everything that belongs to others is merged into, never overwritten. What is ours inside a foreign object is recorded
    leaf by leaf in its annotation C(pimesh.linkerd/record), and O(state=absent) takes back exactly that.
  - Traefik is supported from 1.7 on, bundled by k3s (settings are merged into the HelmChartConfig) or installed otherwise
    (settings are patched into its pod template). 3.x dials ClusterIPs by one option, 2.10 and 2.11 backend by backend; 2.2 to
    2.9 know the header only, 2.0 and 2.1 without a strip, 1.7 in Ingresses with one backend only.
  - The community's ingress-nginx is supported with O(strategy=cluster_ip), which sets C(service-upstream) once in its
    ConfigMap, or in each Ingress where its version has no such key. O(strategy=header) is refused, because its auth
    requests, mirrored requests and error pages carry the client's header whatever is set.
  - Traefik 3.x is proven with real Traefik processes. Traefik 1.7 and 2.x and ingress-nginx are proven by their source, by plans
    and by writes and dry runs against a real API server only, none of them was run. F5's NGINX Ingress Controller is another
    program and not supported yet.
  - A proxy in C(ingress) mode follows the request header C(l5d-dst-override). A client that can send it through can reach
    any Service of the cluster and walk around ForwardAuth. Such a plan is refused unless O(allow_relayable=true).
options:
  state:
    description:
      - V(present) meshes the controller and makes its routes safe.
      - V(absent) takes back what V(present) did, the workload first. It works without a healthy Linkerd.
      - V(audit) changes nothing and reports what is there.
      - V(rendered) only reads the cluster and returns what V(present) would bring about as RV(manifests) and RV(helm_values),
        for a repository that a GitOps tool applies. With O(dest) they are written into files too.
    type: str
    choices: [present, absent, audit, rendered]
    default: present
  mode:
    description:
      - Proxy mode of the controller's pods.
      - V(auto) is V(ingress) with O(strategy=header), else V(enabled).
    type: str
    choices: [auto, enabled, ingress]
    default: auto
  kube_system:
    description:
      - What to do when the controller runs in a namespace that Linkerd's injector leaves out, as k3s' bundled Traefik does
        in C(kube-system). An annotation alone does nothing there, silently.
      - V(narrow_webhook) adds a second webhook of Linkerd's injector that sees only this workload's pods. Its CA comes from
        cert-manager where that of Linkerd's own webhook does, and is reconciled on each run otherwise.
      - V(fail) fails with the remedy.
    type: str
    choices: [narrow_webhook, fail]
    default: narrow_webhook
  skip_inbound_ports:
    description:
      - Ports, ranges or names of container ports that bypass the proxy on the way in. Merged with what the annotation would
        otherwise replace, which is what the pod template says already, else the namespace's annotation, else the default of
        the Linkerd installation.
      - By default the container ports that clients reach, or the controller would see every client as itself and its
        address allow-lists would open up. An empty list skips none.
    type: list
    elements: str
  skip_outbound_ports:
    description:
      - Ports or ranges that bypass the proxy on the way out, merged in the same way. Names are refused, because there is no
        telling whose ports they would be.
      - By default V(443) in C(ingress) mode and none otherwise. The controller then keeps its connection to the Kubernetes API
        where a proxy is not ready, and Linkerd 2.11 drops that connection otherwise; the price is that backends at port 443
        are asked without the proxy, which their verdict says.
    type: list
    elements: str
  allow_relayable:
    description: Go on with C(ingress) mode although a client could relay requests. For experiments.
    type: bool
    default: false
  tracing:
    description:
      - Have the controller start traces and send them to a collector, by OpenTelemetry's protocol (gRPC) without TLS, which is the proxy's job.
        Proxies only add spans to requests that carry a trace already.
      - For Traefik 3.0 and newer (C(tracing.otlp)) and ingress-nginx 1.10 and newer (its ConfigMap). The headers are W3C's.
      - Without it, what this module has set for tracing stays. Tracing that somebody else has set is left alone, with a finding.
    type: dict
    suboptions:
      endpoint:
        description: The collector's Service with namespace and port, such as V(tempo.tracing:4317). Empty to take back what this module has set.
        type: str
        required: true
      sample_rate:
        description: Which part of the requests is traced, from 0.0 to 1.0.
        type: float
        default: 0.1
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - pimesh.linkerd.common
  - pimesh.linkerd.ingress
  - pimesh.linkerd.rendered
notes:
  - R(Choosing a strategy,ansible_collections.pimesh.linkerd.docsite.strategies) takes two minutes.
  - What each backend of each route is worth is R(a verdict,ansible_collections.pimesh.linkerd.docsite.verdicts), what a person should
    know besides is R(a finding,ansible_collections.pimesh.linkerd.docsite.findings) with a stable code.
  - For a repository that a GitOps tool applies, see R(GitOps,ansible_collections.pimesh.linkerd.docsite.gitops).
  - R(The rights that are needed,ansible_collections.pimesh.linkerd.docsite.rbac) are few; V(audit) and V(rendered) need those for reading only.
seealso:
  - module: pimesh.linkerd.l5d_header_policy
"""

EXAMPLES = r"""
- name: Mesh whatever Traefik there is and make its routes safe
  pimesh.linkerd.l5d_ingress_mesh:

- name: See what it would do, and why
  pimesh.linkerd.l5d_ingress_mesh:
  check_mode: true
  diff: true

- name: Fail a nightly play when a route is an open relay
  pimesh.linkerd.l5d_ingress_mesh:
    state: audit
    fail_on: critical

- name: Route by header, one l5d-dst-override per backend
  pimesh.linkerd.l5d_ingress_mesh:
    strategy: header

- name: Write what it would do into a GitOps repository, without changing the cluster
  pimesh.linkerd.l5d_ingress_mesh:
    state: rendered
    dest: /srv/gitops/clusters/pi/ingress

- name: Take everything back
  pimesh.linkerd.l5d_ingress_mesh:
    state: absent
"""

RETURN = r"""
controller:
  description: The controller that was found.
  returned: success
  type: dict
  contains:
    name:
      description: Its name in this collection.
      type: str
      sample: traefik
    version:
      description: Its version, from the image's tag.
      type: str
      sample: 3.7.15
    workload:
      description: Kind, namespace and name.
      type: str
      sample: Deployment kube-system/traefik
    mode:
      description: Proxy mode that is wanted; with O(state=audit) the mode of its running pods, C(none) without a proxy.
      type: str
      sample: enabled
    pods:
      description: How many of its pods ran when the module began.
      type: int
      sample: 1
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
  sample:
    - phase: workload
      verb: patch
      apiVersion: helm.cattle.io/v1
      kind: HelmChartConfig
      namespace: kube-system
      name: traefik
      why: pod annotations and controller settings
findings:
  description: What a person should know, the most severe first. Each code is explained in the documentation.
  returned: success
  type: list
  elements: dict
  sample:
    - code: L5D205
      severity: info
      object: {apiVersion: networking.k8s.io/v1, kind: Ingress, namespace: media, name: tuner}
      reason: "A headless Service is dialled pod by pod: media/tuner:80"
      remedy: Nothing to do. Give the Service a ClusterIP if it should have Service policy.
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
  sample:
    - object: {apiVersion: networking.k8s.io/v1, kind: Ingress, namespace: media, name: web}
      rule: media.example/
      backend: media/web:80
      verdict: safe_full
      reason: "the proxy ignores the header; through the Service's ClusterIP: Service policy and per-request load balancing apply"
      safe: true
summary:
  description: Counts.
  returned: success
  type: dict
  contains:
    routes:
      description: Route objects.
      type: int
      sample: 12
    backends:
      description: Verdicts.
      type: int
      sample: 17
    verdicts:
      description: How many backends got each verdict.
      type: dict
      sample: {safe_full: 15, safe_endpoint_routed: 2}
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

from ansible_collections.pimesh.linkerd.plugins.module_utils.ingress import MESH_OPTIONS, OPTIONS, run_mesh
from ansible_collections.pimesh.linkerd.plugins.module_utils.module_base import run


def main() -> None:
    run(run_mesh, {**OPTIONS, **MESH_OPTIONS})


if __name__ == "__main__":
    main()
