#!/usr/bin/python
# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible module l5d_apply."""

from __future__ import annotations

DOCUMENTATION = r"""
module: l5d_apply
short_description: Write, remove or compare a whole list of Kubernetes objects, with an honest check mode
version_added: 0.1.0
author:
  - The pimesh.linkerd contributors (@pimesh)
description:
  - Writes a list of objects in one call, in the order in which they need each other, by server-side apply.
  - In check mode the API itself is asked to pretend (server-side dry run), so admission and validation errors show up
    before anything is changed. What the API cannot be asked about yet, because an earlier step of the play brings the
    namespace or the kind, is reported as pending.
  - Also compares what a Helm chart renders with what is live, and mends a release that a killed C(helm) left half done.
options:
  state:
    description:
      - V(present) writes what differs. Every object is compared first; when one of them is refused, nothing is written.
      - V(absent) deletes, in the opposite order, what this module made. Other objects stay, with a warning, unless O(force=true).
      - V(audit) changes nothing. It says in one look whether V(present) would write, remove or wait for anything, or C(helm) would have to
        run for one of O(releases). What an earlier step is yet to bring counts. Where nothing differs, a role can leave out all else.
      - V(compared) changes nothing. It says whether the release O(release) is what O(chart) renders with O(values) (or what
        O(resources) say, for who renders it otherwise), and what C(helm) would have to do. The rendering has to be repeatable -
        a chart that makes up passwords or certificates each time it is rendered always differs.
      - V(repaired) forgets a revision of O(release) that is C(pending-install), C(pending-upgrade) or C(pending-rollback)
        because its C(helm) was killed. Otherwise every later C(helm) fails with "another operation is in progress".
        Only the record of that revision goes. The objects stay, and C(helm upgrade --install) adopts them.
      - V(uninstalled) removes O(release) by what Helm remembers of it, without its chart and without C(helm). Webhooks and aggregated
        APIs go before the pods that answer for them, the record of the release goes last. Objects with C(helm.sh/resource-policy=keep)
        stay, and so do CRDs from a chart's C(crds) directory. A release with hooks that run on removal is refused.
      - V(rendered) asks nobody and changes nothing in the cluster. It returns O(resources) as V(present) would write them, and with
        O(dest) keeps them in files for a repository that a GitOps tool applies. Secrets are held back.
    type: str
    choices: [present, absent, audit, compared, repaired, uninstalled, rendered]
    default: present
  values:
    description:
      - With O(state=compared), the values to render O(chart) with. They reach C(helm) through a pipe, never through a file.
      - With O(state=rendered), the values of O(release), for a file C(values-<release>.yaml). A private key in them is refused.
    type: dict
  chart:
    description:
      - With O(state=compared), the chart that C(helm) renders, for the version and the kinds of API that the cluster serves.
      - With O(state=rendered), where the chart of O(release) is, for a file C(chart-<release>.yaml).
    type: dict
    suboptions: &chart
      ref:
        description: Name in C(repo_url), C(oci://) reference, or path.
        type: str
        required: true
      version:
        description: Version of the chart.
        type: str
      repo_url:
        description: Repository of a chart that is given by its bare name.
        type: str
  binary_path:
    description: Path of the C(helm) that renders O(chart). By default the one on the C(PATH).
    type: path
  resources:
    description:
      - The objects, as dictionaries, as YAML texts of one or more documents, or as lists of those. Empty documents are skipped.
      - Order does not matter. Namespaces are written first, then CustomResourceDefinitions (which are waited for), configuration,
        workloads, webhooks, and custom resources last.
      - Nothing is written into a namespace that is being deleted.
    type: list
    elements: raw
    default: []
  obsolete:
    description:
      - With O(state=present) and O(state=audit), what earlier runs may have written and this one no longer asks for. Removed as by O(state=absent),
        once O(resources) are written and what is waited for is ready. Only names matter. V(*) as namespace, with O(state=absent) too, is
        every one where this module wrote that name, apart from O(resources); it takes the right to list the kind everywhere.
    type: list
    elements: raw
    default: []
  expected:
    description:
      - What earlier steps of the play bring. An API group such as V(cert-manager.io), or a namespace as V(Namespace/linkerd).
      - Used in check mode and by O(state=compared). An object of such a group, or in such a namespace, that the API cannot be
        asked about yet is reported under RV(pending) instead of failing.
      - A Namespace or a CustomResourceDefinition among O(resources) counts by itself.
    type: list
    elements: str
    default: []
  wait:
    description:
      - Wait until the objects are ready. Certificate, Issuer and ClusterIssuer C(Ready), Bundle C(Synced),
        CustomResourceDefinition C(Established), Deployment, StatefulSet and DaemonSet rolled out.
      - With O(obsolete), O(state=absent) and O(state=uninstalled), until they are gone.
    type: bool
    default: true
  wait_timeout:
    description: How long to wait, in seconds, for all of them together.
    type: int
    default: 180
  wait_for:
    description:
      - Other objects to wait for once O(resources) are written. Skipped in check mode and with O(wait=false).
    type: list
    elements: dict
    default: []
    suboptions:
      api_version:
        description: The object's apiVersion.
        type: str
        default: v1
      kind:
        description: The object's kind.
        type: str
        required: true
      namespace:
        description: The object's namespace, for kinds that have one.
        type: str
      name:
        description: The object's name.
        type: str
        required: true
      condition:
        description:
          - A condition that has to be C(True).
          - Without it, the object is ready when O(wait) says so for its kind; any other object just has to exist.
        type: str
      chains_to:
        description:
          - For a Secret. Its certificate (C(tls.crt)) has to be valid now and to lead to one of the certificates in this bundle.
          - So a control plane is not started with an identity that its own proxies do not trust.
        type: dict
        suboptions:
          kind:
            description: Where the bundle is kept.
            type: str
            choices: [ConfigMap, Secret]
            default: ConfigMap
          namespace:
            description: The namespace of the bundle. The Secret's own by default.
            type: str
          name:
            description: The name of the bundle.
            type: str
            required: true
          key:
            description: The key of the bundle.
            type: str
            default: ca-bundle.crt
  force:
    description:
      - With O(obsolete) and O(state=absent), delete also what this module did not make.
    type: bool
    default: false
  release:
    description:
      - The Helm release for O(state=compared), O(state=repaired) and O(state=uninstalled).
      - Helm has to keep its releases in Secrets, as it does by default.
    type: dict
    suboptions: &release
      name:
        description: The name of the release.
        type: str
        required: true
      namespace:
        description: The namespace of the release.
        type: str
        required: true
  releases:
    description: With O(state=audit), Helm releases, and what they are to be.
    type: list
    elements: dict
    default: []
    suboptions:
      <<: *release
      chart:
        description: The chart that C(helm) renders, as with O(chart).
        type: dict
        required: true
        suboptions: *chart
      values:
        description: The values to render it with.
        type: dict
  stale_after:
    description:
      - With O(state=repaired) and O(state=uninstalled), for how many seconds a pending revision has to stand still before its C(helm) counts as gone.
        Nobody can tell a killed C(helm) from a slow one in less time than that.
      - A younger one is waited for; if it completes meanwhile there is nothing to repair.
    type: int
    default: 120
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - pimesh.linkerd.common
  - pimesh.linkerd.rendered
notes:
  - Objects that this module creates get the label C(app.kubernetes.io/managed-by=pimesh.linkerd), unless they bring another value.
    An object that was there before is written without the label, and never deleted.
  - An existing object that Helm, Argo CD, Flux or k3s manages is refused. Two managers of one object undo each other's work.
  - Values of Secrets are never shown.
  - O(state=uninstalled) deletes only what carries the release's annotations (C(meta.helm.sh/release-name)).
  - Needs the rights to get, create and patch the kinds given (to delete them with O(state=absent)), to get Namespaces, and with
    O(state=compared) and O(releases) to list and get Secrets in the release's namespace. Comparing pretends to patch, so it needs that
    right too.
seealso:
  - module: kubernetes.core.helm
  - module: pimesh.linkerd.l5d_mesh_info
"""

EXAMPLES = r"""
- name: Issue the trust anchor and the identity issuer, and wait until they fit the bundle
  pimesh.linkerd.l5d_apply:
    resources:
      - "{{ lookup('ansible.builtin.file', 'certificates.yml') }}"
    expected:
      - cert-manager.io
      - trust.cert-manager.io
      - Namespace/linkerd
    wait_for:
      - kind: Secret
        namespace: linkerd
        name: linkerd-identity-issuer
        chains_to:
          name: linkerd-identity-trust-roots

- name: Make a namespace that Linkerd leaves alone
  pimesh.linkerd.l5d_apply:
    resources:
      - apiVersion: v1
        kind: Namespace
        metadata:
          name: cert-manager
          labels:
            linkerd.io/inject: disabled

- name: Keep a namespace in a GitOps repository instead
  pimesh.linkerd.l5d_apply:
    state: rendered
    dest: /srv/gitops/clusters/pi/cert-manager
    resources:
      - apiVersion: v1
        kind: Namespace
        metadata:
          name: cert-manager

- name: Look whether there is anything to do
  pimesh.linkerd.l5d_apply:
    state: audit
    releases:
      - {name: cert-manager, namespace: cert-manager, chart: {ref: /srv/charts/cert-manager}, values: "{{ values }}"}
  register: looked

- name: Compare what a chart renders with the cluster
  pimesh.linkerd.l5d_apply:
    state: compared
    chart:
      ref: cert-manager
      repo_url: https://charts.jetstack.io
      version: 1.21.2
    values: "{{ values }}"
    release:
      name: cert-manager
      namespace: cert-manager
    expected:
      - Namespace/cert-manager
  register: compared

- name: Mend a release that a killed helm left half done
  pimesh.linkerd.l5d_apply:
    state: repaired
    release:
      name: cert-manager
      namespace: cert-manager
  when: compared.release_status is match('pending-')

- name: Remove a release, webhooks first
  pimesh.linkerd.l5d_apply:
    state: uninstalled
    release: {name: linkerd-viz, namespace: linkerd-viz}

- name: Install or upgrade, only where something differs
  kubernetes.core.helm:
    name: cert-manager
    release_namespace: cert-manager
    chart_ref: cert-manager
    chart_repo_url: https://charts.jetstack.io
    chart_version: 1.21.2
    values: "{{ values }}"
  when: compared.differs
"""

RETURN = r"""
steps:
  description:
    - What was done, or in check mode would be done, in that order.
    - With O(state=compared), what C(helm) would do. Its own release Secrets and the chart's hooks are not listed.
  returned: success
  type: list
  elements: dict
  contains:
    verb:
      description: C(create), C(apply), C(patch) or C(delete).
      type: str
    apiVersion: &apiversion
      description: The object's apiVersion.
      type: str
    kind: &kind
      description: The object's kind.
      type: str
    namespace: &namespace
      description: The object's namespace; empty for kinds that have none.
      type: str
    name: &name
      description: The object's name.
      type: str
    phase:
      description: The phase of the plan that the step belongs to.
      type: str
    why:
      description: Why, in one sentence.
      type: str
  sample:
    - apiVersion: v1
      kind: Namespace
      name: linkerd
      namespace: ""
      phase: objects
      verb: create
      why: not there yet
pending:
  description: Objects among RV(steps) that the API could not be asked about yet. They were compared on the client.
  returned: success
  type: list
  elements: dict
  contains:
    apiVersion: *apiversion
    kind: *kind
    namespace: *namespace
    name: *name
    reason:
      description: What has to come first.
      type: str
  sample:
    - apiVersion: cert-manager.io/v1
      kind: Certificate
      name: linkerd-identity-issuer
      namespace: linkerd
      reason: an earlier step brings API group cert-manager.io
kept:
  description: Objects that were not deleted, because this module or the release did not make them, or because they are to be kept.
  returned: O(state=present), O(state=absent) or O(state=uninstalled)
  type: list
  elements: dict
  sample: []
differs:
  description:
    - With O(state=compared), whether C(helm) has to run, because an object differs or because the release is not C(deployed).
      RV(ignore:changed) says the same in check mode. In a real run this state changes nothing.
    - With O(state=audit), whether there is anything to do at all.
  returned: O(state=compared) or O(state=audit)
  type: bool
differing:
  description: What differs. The look ends with the first part that does, so that this is not all of it.
  returned: O(state=audit)
  type: list
  elements: str
  sample: [Helm release linkerd/linkerd-control-plane]
drifted:
  description:
    - Objects that somebody changed and that C(helm) would not put back, because their kind is not one of Kubernetes' own.
      There is a warning for each. They do not count for RV(differs), or C(helm) would run in vain each time.
  returned: O(state=compared)
  type: list
  elements: dict
  sample: []
release_status:
  description:
    - The status of the last revision, such as C(deployed), C(failed) or C(pending-upgrade); C(absent) when there is none.
      With O(state=uninstalled), what it was before.
  returned: O(state=compared), O(state=repaired) or O(state=uninstalled)
  type: str
  sample: deployed
release_revision:
  description: The number of the last revision; V(0) when there is none.
  returned: O(state=compared), O(state=repaired) or O(state=uninstalled)
  type: int
  sample: 3
manifests:
  description: The objects, in the order in which they need each other.
  returned: O(state=rendered)
  type: list
  elements: dict
helm_values:
  description: O(values), or nothing.
  returned: O(state=rendered)
  type: dict
withheld:
  description: Secrets among O(resources), which are not rendered. There is a warning for each.
  returned: O(state=rendered)
  type: list
  elements: dict
  sample:
    - {apiVersion: v1, kind: Secret, namespace: app, name: key, reason: a Secret does not belong into a repository; bring it by a secrets operator}
files:
  description: Paths of the files of this rendering; empty without O(dest).
  returned: O(state=rendered)
  type: list
  elements: str
failure:
  description: What went wrong, in parts that a play can test.
  returned: failure
  type: dict
  contains:
    code:
      description: A stable word for the reason, such as C(forbidden), C(no_namespace), C(managed) or C(timeout).
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
"""

from ansible_collections.pimesh.linkerd.plugins.module_utils.module_base import run
from ansible_collections.pimesh.linkerd.plugins.module_utils.objects.options import OPTIONS
from ansible_collections.pimesh.linkerd.plugins.module_utils.objects.states import apply


def main() -> None:
    """Write, remove or compare objects."""
    run(
        apply,
        OPTIONS,
        required_if=[("state", state, ["release"]) for state in ("compared", "repaired", "uninstalled")],
        required_by={"values": ["release"], "chart": ["release"]},
    )


if __name__ == "__main__":
    main()
