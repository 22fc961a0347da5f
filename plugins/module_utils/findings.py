# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every finding there is: a stable code, a severity, and what to do. docs/docsite/rst/findings.rst explains each.

C(L5D1xx) cluster and release, C(2xx) routes, C(3xx) workloads, C(4xx) certificates, C(5xx) k3s and charts.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from .finding_rules.certificates import CERTIFICATES
from .finding_rules.control_plane import CONTROL_PLANE
from .finding_rules.preflight import PREFLIGHT
from .finding_rules.rollouts import ROLLOUTS
from .finding_rules.rotation import ROTATION
from .finding_rules.rule import Rule
from .finding_rules.tracing import TRACING
from .finding_rules.viz import VIZ
from .model import Finding, Ref, Severity

RULES: dict[str, Rule] = {
    "L5D101": Rule(
        Severity.ERROR, "Linkerd is not installed", "Install the control plane first: role pimesh.linkerd.linkerd_control_plane."
    ),
    "L5D111": Rule(
        Severity.WARNING,
        "Linkerd's injector does not see the controller's pods",
        "Use kube_system: narrow_webhook, or move the controller into a namespace of its own.",
    ),
    "L5D112": Rule(
        Severity.ERROR,
        "The narrow webhook trusts another CA than Linkerd's own webhook",
        "Run l5d_ingress_mesh with state: present; until then new pods come up without a proxy, silently.",
    ),
    "L5D113": Rule(
        Severity.WARNING,
        "Part of the surroundings was not looked at",
        "Grant the rules of the page about RBAC, or check by hand what could stand in the way.",
    ),
    "L5D114": Rule(
        Severity.WARNING,
        "Cilium turns ClusterIPs into pod addresses before the proxy sees them",
        "Set socketLB.hostNamespaceOnly=true for Cilium; until then no Service policy applies.",
    ),
    "L5D115": Rule(
        Severity.ERROR,
        "Linkerd refuses clients without a mesh identity",
        "Annotate the controller's pods with config.linkerd.io/default-inbound-policy: all-unauthenticated, or skip those ports inbound.",
    ),
    "L5D116": Rule(
        Severity.ERROR,
        "This Linkerd drops what is not HTTP in ingress mode, the Kubernetes API too",
        "Leave 443 in skip_outbound_ports, or upgrade Linkerd to 2.12 or newer.",
    ),
    "L5D117": Rule(
        Severity.WARNING,
        "A proxy keeps Jobs beside the controller from ending",
        "Annotate their pods with linkerd.io/inject: disabled, or take the annotation off the namespace.",
    ),
    **PREFLIGHT,
    **CONTROL_PLANE,
    **VIZ,
    **TRACING,
    "L5D201": Rule(
        Severity.CRITICAL,
        "A client can relay requests to any Service",
        "Run l5d_header_policy with state: present, or use strategy cluster_ip.",
    ),
    "L5D202": Rule(
        Severity.CRITICAL,
        "Authentication is bypassed",
        "Move the middleware that sets l5d-dst-override behind the one that asks an auth service.",
    ),
    "L5D203": Rule(
        Severity.ERROR,
        "The header names another backend",
        "Correct the l5d-dst-override value, or remove it and let this collection set it.",
    ),
    "L5D204": Rule(
        Severity.WARNING, "The backend cannot be served", "Correct the Service name or port in the route, or what else the reason names."
    ),
    "L5D205": Rule(
        Severity.INFO,
        "A headless Service is dialled pod by pod",
        "Nothing to do. Give the Service a ClusterIP if it should have Service policy.",
    ),
    "L5D206": Rule(
        Severity.INFO,
        "A sticky Service is dialled pod by pod",
        "Nothing to do. Remove stickiness if Service policy matters more.",
    ),
    "L5D207": Rule(
        Severity.INFO,
        "No header can be set for this backend alone",
        "Nothing to do: the strip at the entry point covers it. Split the route to get a header of its own.",
    ),
    "L5D209": Rule(Severity.INFO, "Not an HTTP route", "Nothing to do: no header is read there."),
    "L5D210": Rule(
        Severity.WARNING,
        "A route names a Middleware that does not exist",
        "Create it or drop the reference; Traefik answers 404 until then.",
    ),
    "L5D211": Rule(
        Severity.INFO,
        "The owner of the Service opted out of ClusterIP routing",
        "Nothing to do. Remove nativelb: false to get Service policy.",
    ),
    "L5D212": Rule(
        Severity.WARNING,
        "Requests to this backend leave without the proxy",
        "Take the port out of skip_outbound_ports, or give the Service another port.",
    ),
    "L5D213": Rule(Severity.INFO, "An ExternalName Service is outside the mesh", "Nothing to do."),
    "L5D214": Rule(Severity.WARNING, "Part of a route is not understood", "Check the route against the schema of its kind."),
    "L5D215": Rule(
        Severity.WARNING,
        "Stickiness is void in the header strategy",
        "Use strategy cluster_ip (sticky Services are left as they are), or drop it.",
    ),
    "L5D216": Rule(
        Severity.INFO,
        "Error pages rule out a header of its own",
        "Nothing to do: the strip at the entry point covers it.",
    ),
    "L5D217": Rule(
        Severity.WARNING,
        "A route is in an API group that this Traefik does not read",
        "Create it anew in the group that this release reads, or remove it.",
    ),
    "L5D218": Rule(
        Severity.ERROR,
        "This backend cannot have a header of its own, and this release has no strip",
        "Give the backend a route of its own, or upgrade the controller.",
    ),
    "L5D219": Rule(
        Severity.WARNING,
        "This release cannot remove the client's header at its entry points",
        "Run again after every new route, which is open until then; better, upgrade the controller.",
    ),
    "L5D220": Rule(
        Severity.WARNING,
        "This release reads Ingresses by an API that Kubernetes 1.22 and newer do not have",
        "Upgrade the controller; on such a Kubernetes it serves none of them.",
    ),
    "L5D221": Rule(
        Severity.INFO,
        "A TraefikService gets no header, which would void its weights, mirrors or fallback",
        "Nothing to do: the strip at the entry point covers it. Since Traefik 3.7 each of its services can have a header of its own.",
    ),
    "L5D222": Rule(
        Severity.INFO,
        "Routes of this namespace may not name a Middleware",
        "Nothing to do: the strip at the entry point covers it. Add the namespace to crossProviderNamespaces to get a header of its own.",
    ),
    "L5D223": Rule(
        Severity.WARNING,
        "Part of the controller's configuration is in a file that is not read here",
        "Look there for authentication at an entry point and for another ingress class: neither is taken into account.",
    ),
    "L5D225": Rule(
        Severity.WARNING,
        "A filter adds l5d-dst-override instead of setting it",
        "Move the header from add to set in that RequestHeaderModifier, or take it out and let this collection set it.",
    ),
    "L5D226": Rule(
        Severity.WARNING,
        "A backend's own filter that sets l5d-dst-override is ignored",
        "Take it out: this version of the controller applies filters of a rule only.",
    ),
    "L5D227": Rule(
        Severity.INFO,
        "Gateway API routes are not dialled by ClusterIP yet",
        "Nothing to do. Traefik can do it since 3.2; until then Service policy does not apply to them.",
    ),
    "L5D233": Rule(
        Severity.INFO,
        "The owner of the Ingress opted out of ClusterIP routing",
        'Nothing to do. Remove its annotation service-upstream: "false" to get Service policy.',
    ),
    "L5D234": Rule(
        Severity.WARNING,
        "The Ingress names a port of the pods, which the Service does not have",
        "Name the Service's own port; until then its pods are dialled one by one.",
    ),
    "L5D235": Rule(
        Severity.INFO, "upstream-vhost is not needed for the mesh", "Nothing to do: it changes the Host header, which no proxy reads."
    ),
    "L5D236": Rule(
        Severity.WARNING,
        "Stickiness is void because the Service's ClusterIP is dialled",
        'Run l5d_ingress_mesh with state: present, or give the Ingress service-upstream: "false" yourself.',
    ),
    "L5D237": Rule(
        Severity.WARNING,
        "The chart's admission Jobs would get a proxy and never finish",
        "Take the annotation off the namespace, or give the chart controller.admissionWebhooks.patch.podAnnotations "
        "with linkerd.io/inject: disabled before its next upgrade.",
    ),
    "L5D238": Rule(
        Severity.WARNING,
        "The proxy turns the API server away from an admission webhook",
        "Leave skip_inbound_ports to the module, or add the port; the API server has no identity to show.",
    ),
    "L5D239": Rule(
        Severity.INFO,
        "A default backend is dialled pod by pod",
        "Nothing to do: the controller does not do it by ClusterIP. Mutual TLS is not affected.",
    ),
    "L5D240": Rule(
        Severity.WARNING,
        "Somebody else keeps this object as it is",
        "Put what the result's handover says where its owner reads it, or set force: true.",
    ),
    "L5D241": Rule(
        Severity.WARNING,
        "Written although somebody else keeps this object as it is",
        "Expect it to be undone. Put the same where its owner reads it.",
    ),
    "L5D242": Rule(
        Severity.ERROR,
        "Somebody else keeps the controller's settings as they are",
        "Put what the result's handover says where its owner reads it, or set force: true.",
    ),
    "L5D243": Rule(
        Severity.WARNING,
        "A hand-made l5d-dst-override is wrong",
        "Correct it, or let this collection take it over with adopt: true.",
    ),
    "L5D245": Rule(
        Severity.INFO,
        "Nothing refers to this hand-made l5d-dst-override",
        "Remove the Middleware if you do not need it any more.",
    ),
    "L5D246": Rule(
        Severity.INFO,
        "A Middleware that sets l5d-dst-override does other things too",
        "It was left as it is. Take the header out of it to let this collection set it.",
    ),
    "L5D247": Rule(
        Severity.WARNING,
        "valuesContent gives a key twice, and Helm takes the last",
        "Give it once; what the earlier one says is not in force.",
    ),
    "L5D248": Rule(
        Severity.INFO,
        "Helm writes this part of the object at its next upgrade",
        "Run this again after every upgrade, or put the same into the values of that release.",
    ),
    "L5D250": Rule(
        Severity.CRITICAL,
        "A forged header reached the proxy although the verdict says safe",
        "Do not trust the verdict: look for what serves this address beside the controller, and report it with the result's probe.",
    ),
    "L5D251": Rule(
        Severity.CRITICAL,
        "The probe confirms it: a client's header reaches the proxy",
        "Run l5d_header_policy with state: present, or use strategy cluster_ip.",
    ),
    "L5D252": Rule(Severity.INFO, "The probe proves nothing here", "Nothing to do: the verdict stands as it is."),
    "L5D253": Rule(
        Severity.WARNING,
        "The probe could not reach this route",
        "Check probe.address and the ports; the request without a forged header must succeed.",
    ),
    "L5D254": Rule(
        Severity.INFO,
        "The probe left this rule out",
        "Raise probe.limit or probe.duration where a limit was reached; else try it by hand.",
    ),
    "L5D301": Rule(Severity.WARNING, "The controller is not meshed", "Run l5d_ingress_mesh with state: present."),
    "L5D302": Rule(
        Severity.WARNING, "linkerd.io/inject has a value the injector ignores", "Use enabled, ingress or disabled, in small letters."
    ),
    "L5D303": Rule(
        Severity.ERROR, "A hostNetwork pod cannot be meshed", "Use a Service of type LoadBalancer or hostPorts instead of hostNetwork."
    ),
    "L5D304": Rule(
        Severity.WARNING,
        "Running pods are not what the pod template says",
        "Wait for the rollout, or run l5d_ingress_mesh with state: present.",
    ),
    "L5D305": Rule(
        Severity.ERROR,
        "The controller's static configuration is not in its arguments",
        "Give it as arguments of the container; a file or environment variables are not read here.",
    ),
    "L5D306": Rule(
        Severity.WARNING,
        "A list of ports to skip names something that is no port",
        "Use numbers from 1 to 65535 and ranges; Linkerd hands the text on unchecked.",
    ),
    "L5D307": Rule(
        Severity.WARNING,
        "An entry point's middlewares are given twice",
        "Give them in one argument; whether Traefik takes the first of two into account is a matter of chance.",
    ),
    "L5D308": Rule(
        Severity.WARNING,
        "The controller is past its end of life",
        "Upgrade it, or move to one that is maintained: nobody mends its security holes any more.",
    ),
    "L5D309": Rule(
        Severity.ERROR,
        "A NetworkPolicy keeps the proxy from Linkerd's control plane",
        "Allow egress to Linkerd's namespace at 8080, 8086 and 8090, and to the cluster's DNS at 53.",
    ),
    "L5D310": Rule(
        Severity.ERROR,
        "A NetworkPolicy lets the app's port through but not the proxy's",
        "Admit the proxy's inbound port (4143) beside the app's port in the same rule.",
    ),
    "L5D311": Rule(
        Severity.WARNING,
        "A NetworkPolicy shuts meshed clients out of the controller",
        "Admit the proxy's inbound port (4143) from the same peers.",
    ),
    "L5D312": Rule(
        Severity.INFO,
        "A NetworkPolicy keeps the proxy's metrics from being collected",
        "Admit the proxy's admin port (4191) from whoever collects metrics.",
    ),
    "L5D313": Rule(
        Severity.INFO,
        "What a NetworkPolicy lets through cannot be told",
        "Check that policy by hand: an ipBlock, or a label that is not known here, decides.",
    ),
    "L5D314": Rule(
        Severity.ERROR,
        "Pod Security Admission refuses pods with a proxy",
        "Label the namespace pod-security.kubernetes.io/enforce=privileged, move the controller, or install Linkerd's CNI plugin.",
    ),
    "L5D315": Rule(
        Severity.INFO,
        "The controller is reached by host ports",
        "Nothing to do: host ports are mapped into the pod's network and work with a proxy.",
    ),
    "L5D316": Rule(
        Severity.INFO,
        "The Service hides the addresses of clients",
        "Set externalTrafficPolicy: Local if the controller should see them.",
    ),
    "L5D317": Rule(
        Severity.INFO,
        "UDP goes past the proxy",
        "Nothing to do: Linkerd proxies TCP only; requests that arrive by HTTP/3 leave through the proxy all the same.",
    ),
    "L5D318": Rule(
        Severity.INFO,
        "A backend port is opaque to Linkerd",
        "Take the port out of config.linkerd.io/opaque-ports if it speaks HTTP.",
    ),
    "L5D319": Rule(
        Severity.WARNING,
        "A backend port is opaque, and ingress mode fails there without the header",
        "Take the port out of config.linkerd.io/opaque-ports, or let the route set the header.",
    ),
    "L5D320": Rule(
        Severity.WARNING,
        "A workload that is no ingress controller runs in ingress mode",
        "Set linkerd.io/inject: enabled on the namespace or pod template, and restart the pods.",
    ),
    "L5D321": Rule(
        Severity.WARNING,
        "Another ingress controller runs in ingress mode and was not judged",
        "Run l5d_header_policy with state: audit and its controller_ref.",
    ),
    **ROLLOUTS,
    **CERTIFICATES,
    **ROTATION,
    "L5D501": Rule(
        Severity.ERROR,
        "HelmChart spec.set overrules what is written here",
        "Remove the key from spec.set of the HelmChart; nothing else beats it.",
    ),
    "L5D502": Rule(
        Severity.WARNING,
        "Helm owns this workload and will undo the arguments at its next upgrade",
        "Give that release the same arguments (additionalArguments in its values), or run this again after every upgrade.",
    ),
    "L5D503": Rule(Severity.WARNING, "Somebody changed a value of ours since", "It is left as it is. Change it by hand if it should go."),
    "L5D505": Rule(
        Severity.CRITICAL,
        "Uninstalling k3s' bundled Traefik would delete it, and everything of its kind",
        "Do not disable Traefik in k3s before l5d_traefik_relocation ran with state: prepared.",
    ),
    "L5D506": Rule(
        Severity.ERROR,
        "The bundled Traefik cannot move with this setting",
        "Take it out of the values, or give it in another way; or use kube_system: narrow_webhook.",
    ),
    "L5D507": Rule(
        Severity.ERROR,
        "Traefik's storage cannot be had in another namespace",
        "Take persistence out of the values and have certificates in Secrets, or use kube_system: narrow_webhook.",
    ),
    "L5D508": Rule(
        Severity.INFO,
        "These settings no longer have an effect",
        "Change the HelmChartConfig in the new namespace. This one may be deleted; it is what a way back would start from.",
    ),
    "L5D509": Rule(
        Severity.WARNING,
        "A copy of this is made once for the moved Traefik",
        "Whatever renews the original has to renew the copy in the new namespace too.",
    ),
    "L5D510": Rule(
        Severity.WARNING,
        "A NetworkPolicy speaks of Traefik in kube-system",
        "Let it allow the new namespace as well before the switch.",
    ),
    "L5D511": Rule(
        Severity.WARNING,
        "This server would bring the bundled Traefik back",
        "Give it `disable+: [traefik]` in config.yaml.d like the others, and restart k3s there.",
    ),
}


def finding(code: str, obj: Ref, detail: str = "") -> Finding:
    rule = RULES[code]
    return Finding(code, rule.severity, obj, f"{rule.title}: {detail}" if detail else rule.title, rule.remedy)


def worst_first(findings: t.Iterable[Finding]) -> list[Finding]:
    """Each once."""
    return sorted(dict.fromkeys(findings), key=lambda found: (-found.severity, found.code, found.object))


def refusal(findings: t.Iterable[Finding], fail_on: str) -> str:
    """What a module fails with when something is as bad as C(fail_on), or worse; empty when nothing is."""
    bad = [] if fail_on == "never" else worst_first(found for found in findings if found.severity >= Severity.parse(fail_on))
    more = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
    return f"{sentence(bad[0])}{more}" if bad else ""


def sentence(found: Finding) -> str:
    return f"{found.code} {found.object}: {found.reason}. {found.remedy}"
