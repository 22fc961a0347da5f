#!/usr/bin/python
# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: l5d_report
short_description: Write what an audit found as one page for people, and as data
version_added: 0.1.0
author:
  - The pimesh.linkerd contributors (@pimesh)
description:
  - Takes results that other tasks registered and writes one HTML page and one JSON file for each cluster, and a page that
    leads to them where there are several.
  - A page is a single file that loads nothing from anywhere, works without a network, on a phone and on paper, in light and dark. Its
    Content-Security-Policy forbids every connection, and every script but the page's own.
  - Everything that comes from the cluster is text in it, whatever it looks like. Only what the page shows is taken from the
    results, and what looks like a private key, a token or a password is removed.
  - The same results give the same bytes, apart from the time of the audit.
  - Talks to no cluster. The playbook C(pimesh.linkerd.audit) does that and calls this module at its end.
options:
  clusters:
    description: What was found, cluster by cluster.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The cluster's name, by which its files are called too.
        type: str
        required: true
      results:
        description:
          - Registered results. C(mesh_info), C(ingress_mesh), C(header_policy) and C(rollout) are those of M(pimesh.linkerd.l5d_mesh_info),
            M(pimesh.linkerd.l5d_ingress_mesh), M(pimesh.linkerd.l5d_header_policy) and M(pimesh.linkerd.l5d_rollout). Of any other
            the C(findings) are shown.
          - What failed is shown as not read, with its reason; what is missing is left out. The result of a loop may be given as it is.
        type: dict
        default: {}
  dest:
    description: The directory for the files; made where it is missing, with mode C(0700). A file in it that is no report is never overwritten.
    type: path
    required: true
  mode:
    description:
      - The mode of the files. A report says which routes can be misused, so that by default only their owner may read it.
    type: str
    default: "0600"
  docs_url:
    description:
      - Where the documentation of this collection is served, as C(make docs) builds it. With it each finding has a link there.
    type: str
    default: ""
  generated_at:
    description: When the clusters were looked at, with a zone such as C(2026-11-21T18:20:00Z). Now, without it.
    type: str
  fail_on:
    description:
      - Fail when anything is as severe as this, once everything is written. An unsafe route and an expired certificate are critical, something
        that was not read or a proxy that lags is a warning.
      - A cluster of which nothing at all could be read is a failure in any case, once everything is written.
    type: str
    choices: [never, info, warning, error, critical]
    default: never
attributes:
  check_mode:
    description: In check mode it says whether the report would change, and writes nothing.
    support: full
  diff_mode:
    description: In diff mode it shows the data before and after.
    support: full
  idempotent:
    description: RV(ignore:changed) is false where nothing but the time differs. The files are written all the same, to say when the cluster was looked at last.
    support: full
notes:
  - R(How to read the report,ansible_collections.pimesh.linkerd.docsite.audit) is on a page of its own.
seealso:
  - module: pimesh.linkerd.l5d_mesh_info
  - module: pimesh.linkerd.l5d_header_policy
  - module: pimesh.linkerd.l5d_rollout
"""

EXAMPLES = r"""
- name: Look at the mesh
  pimesh.linkerd.l5d_mesh_info:
  register: mesh

- name: Look at the routes
  pimesh.linkerd.l5d_header_policy:
    state: audit
  register: policy

- name: Write what was found
  pimesh.linkerd.l5d_report:
    clusters:
      - name: pi
        results:
          mesh_info: "{{ mesh }}"
          header_policy: "{{ policy }}"
    dest: ~/linkerd-audit
    fail_on: critical
"""

RETURN = r"""
files:
  description: Paths of the files, the pages before their data, the page that leads to them last.
  returned: success
  type: list
  elements: str
  sample: [/srv/linkerd-audit/pi.html, /srv/linkerd-audit/pi.json]
summaries:
  description: The answer for each cluster, in the order of O(clusters).
  returned: success
  type: list
  elements: dict
  contains:
    cluster:
      description: Its name.
      type: str
    read:
      description: Whether anything of it could be read.
      type: bool
    state:
      description: C(safe), C(attention), C(unsafe) or C(unknown).
      type: str
      sample: safe
    safety:
      description: Whether a client can misuse a route, in a sentence.
      type: str
      sample: No client can choose the backend of any of 4 routes.
    action:
      description: When somebody has to act, in a sentence.
      type: str
      sample: Nothing has to be done before 2 May 2036, when the trust anchor ends.
    act_by:
      description: When the first certificate ends that nothing renews, or the trust anchor has to be rotated; V(none) where neither is known.
      type: str
      sample: "2036-05-02T18:20:05Z"
    worst:
      description: The severity that O(fail_on) is compared with; V(none) where nothing is wrong.
      type: str
      sample: info
    routes:
      description: How many route objects were judged.
      type: int
    backends:
      description: How many backends they have.
      type: int
    unsafe:
      description: How many of those can be misused.
      type: int
    findings:
      description: How many findings there are of each severity.
      type: dict
      sample: {info: 1, warning: 0, error: 0, critical: 0}
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import L5dError
from ansible_collections.pimesh.linkerd.plugins.module_utils.module_base import described
from ansible_collections.pimesh.linkerd.plugins.module_utils.report.run import OPTIONS, failure, run


def main() -> None:
    # Nothing in the results is secret; the system's log is no place for a thousand routes all the same.
    module = AnsibleModule(argument_spec=OPTIONS, supports_check_mode=True, no_log=True)
    try:
        result = run(module)
    except L5dError as error:
        module.fail_json(msg=str(error), failure=described(error))
    failed = failure(result, module.params["fail_on"])
    if failed:
        module.fail_json(msg=str(failed), failure=described(failed), **result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
