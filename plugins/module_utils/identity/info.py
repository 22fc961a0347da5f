# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates as facts, and the module that judges what is to be set up.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from .. import certificates
from ..findings import refusal, worst_first
from ..objects.reading import read
from . import durations, given, installed, wanted
from .gathering import Found, anchor_ref, gather
from .judging import judge

if t.TYPE_CHECKING:
    import datetime as dt

    from ansible.module_utils.basic import AnsibleModule

    from ..cluster import Cluster
    from ..model import Finding, Object, Ref
    from .judging import Held

OPTIONS: dict[str, t.Any] = {
    "namespace": {"type": "str", "default": "linkerd"},
    "trust_namespace": {"type": "str"},
    "source": {"type": "str", "choices": ["own", "issuer", "files", "existing"]},
    "issuer_ref": {
        "type": "dict",
        "options": {
            "name": {"type": "str", "required": True},
            "kind": {"type": "str", "default": "ClusterIssuer"},
            "group": {"type": "str", "default": "cert-manager.io"},
        },
    },
    "anchor_certificate": {"type": "str"},
    "anchor_key": {"type": "str", "no_log": True},
    "issuer_certificate": {"type": "str"},
    "issuer_key": {"type": "str", "no_log": True},
    "trust_domain": {"type": "str", "default": "cluster.local"},
    "distribution": {"type": "str", "choices": ["bundle", "direct"], "default": "bundle"},
    "certificates": {"type": "list", "elements": "raw", "default": []},
    "live": {"type": "bool", "default": True},
    "fail_on": {"type": "str", "choices": ["never", "info", "warning", "error", "critical"], "default": "never"},
}


def facts(found: Found, at: dt.datetime) -> Object:
    """The certificates of a mesh, and who renews them."""
    identity = found.identity
    return {
        "trust_anchors": [certificates.facts(each, at) for each in identity.bundle.chain] if identity.bundle else [],
        "previous_anchors": [certificates.facts(each, at) for held in identity.previous for each in held.chain],
        "anchor": _held(identity.anchor, at),
        "issuer": _held(identity.issuer, at),
        "webhooks": [entry for webhook in identity.webhooks if (entry := _held(webhook.held, at))],
    }


def _held(held: Held | None, at: dt.datetime) -> Object | None:
    if held is None or not held.chain:
        return None
    return {**certificates.facts(held.chain[0], at), "secret": _place(held.ref), "has_key": held.has_key, "renewal": _renewal(held)}


def _renewal(held: Held) -> Object | None:
    renewal = held.renewal
    if renewal is None:
        return None
    return {
        "certificate": _place(renewal.ref),
        "duration": durations.text(renewal.duration),
        "renew_before": durations.text(renewal.renew_before),
        "time": held.renewal_time.strftime("%Y-%m-%dT%H:%M:%SZ") if held.renewal_time else None,
        "after": round(renewal.renewed_after / renewal.duration, 4) if renewal.duration else 0.0,
        "new_key": renewal.new_key,
    }


def _place(ref: Ref) -> Object:
    return {"namespace": ref.namespace, "name": ref.name}


def run(module: AnsibleModule, cluster: Cluster) -> Object:
    """What the module l5d_identity_info does."""
    params, at = module.params, certificates.now()
    params = {**params, "certificates": read(params["certificates"])}
    brought = given.read(params) if params["source"] else given.Given()
    if params["live"]:
        found = gather(cluster, params["namespace"], params["trust_namespace"] or "", params["issuer_ref"])
    else:
        found = Found(params["namespace"], params["trust_namespace"] or "cert-manager", {"installed": False}, {"installed": False}, {})
    findings = judge(found.identity, at)
    # What exists stays as it is: nothing of it is handed out or signed anew.
    keeps = params["source"] == "existing"
    bundles = params["distribution"] == "bundle" and not keeps
    signs = params["source"] != "issuer" and not keeps and not params["issuer_certificate"]
    findings += installed.judge(found.cert_manager, found.trust_manager, found.trust_namespace, bundles=bundles, signs=signs)
    result: Object = {
        "changed": False,
        "cert_manager": {**found.cert_manager, "brought_by": found.crds.get("cert_manager")},
        "trust_manager": {**found.trust_manager, "brought_by": found.crds.get("trust_manager")},
        "certificates": facts(found, at),
        "signing_secret": anchor_ref(found).name,
    }
    if params["source"]:
        wanted.refuse_two_writers(params, found)
        source = wanted.find_source(params, found, brought)
        findings += wanted.judge_wanted(params, found, source, brought, at)
        result["bundle_source"] = source.bundle_source
        result["anchor_certificate"] = source.anchor_pem
        result["bundle"] = wanted.bundle_text(source, found)
    return _judged(module, result, findings)


def _judged(module: AnsibleModule, result: Object, findings: t.Sequence[Finding]) -> Object:
    result["findings"] = [entry.to_dict() for entry in worst_first(findings)]
    refused = refusal(findings, module.params["fail_on"])
    if refused:
        module.fail_json(msg=refused, **result)
    return result
