# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What keeps Linkerd from working in a cluster, found before it is installed.

Note that this module util is private to the collection.
"""

from __future__ import annotations

from ..model import Severity
from .rule import Rule

PREFLIGHT: dict[str, Rule] = {
    "L5D120": Rule(
        Severity.CRITICAL,
        "Kubernetes is too old for this Linkerd release",
        "Upgrade Kubernetes first, or choose an older chart version.",
    ),
    "L5D121": Rule(
        Severity.WARNING,
        "Kubernetes is newer than this Linkerd release is documented for",
        "Nothing to do if it works; look for a newer chart version, and try an upgrade of Kubernetes on a spare cluster first.",
    ),
    "L5D122": Rule(
        Severity.CRITICAL,
        "Linkerd has no images for a node",
        "Install a 64-bit system on that node, or take it out of the cluster.",
    ),
    "L5D123": Rule(
        Severity.WARNING,
        "A node runs 32-bit programs on a 64-bit kernel",
        "Install the 64-bit Raspberry Pi OS when there is time.",
    ),
    "L5D124": Rule(
        Severity.CRITICAL,
        "A node's clock is wrong",
        "Set the clock and keep it so (timedatectl set-ntp true); a Pi has no clock of its own that survives a power cut.",
    ),
    "L5D125": Rule(
        Severity.WARNING,
        "A clock may be wrong",
        "See timedatectl on that machine, and allow it to reach a time server.",
    ),
    "L5D126": Rule(
        Severity.INFO,
        "A host's kernel has large pages",
        "Nothing to do for Linkerd. Where another program ends with `Unsupported system page size`, set kernel=kernel8.img in /boot/firmware/config.txt.",
    ),
    "L5D127": Rule(
        Severity.CRITICAL,
        "The Gateway API is missing",
        "Install the Gateway API's standard CRDs, or set linkerd_preflight_gateway_api=false if a later step brings them. k3s brings them with its Traefik.",
    ),
    "L5D128": Rule(
        Severity.WARNING,
        "The Gateway API has a version that this Linkerd release is not documented for",
        "Nothing to do if routes use no field that is newer. Do not replace CRDs that another chart owns.",
    ),
    "L5D129": Rule(
        Severity.INFO,
        "Linkerd is installed already, and not by Helm",
        "See linkerd_control_plane for what is taken over, and run --check --diff first.",
    ),
    "L5D130": Rule(
        Severity.CRITICAL,
        "What is left of another Linkerd is in the way",
        "Delete it with `kubectl delete` and the kind and name above, once you are sure that no control plane needs it.",
    ),
    "L5D131": Rule(
        Severity.ERROR,
        "An object is left of another Linkerd, and no Helm release owns it",
        "Delete it with `kubectl delete` and the kind and name above, or let Helm own it by its labels and annotations.",
    ),
    "L5D132": Rule(
        Severity.CRITICAL,
        "A namespace that is needed is on its way out",
        "See `kubectl get namespace NAME -o yaml`; take away what holds it, as the reason says. Do not remove the namespace's own finalizer by force.",
    ),
    "L5D133": Rule(
        Severity.WARNING,
        "A namespace does not get away",
        "See `kubectl get namespace NAME -o yaml`; take away what holds it, as the reason says.",
    ),
    "L5D134": Rule(
        Severity.CRITICAL,
        "Pods with a proxy are forbidden in a namespace",
        "Label the namespace pod-security.kubernetes.io/enforce=privileged, take the annotation off, or install Linkerd's CNI plugin.",
    ),
    "L5D135": Rule(
        Severity.CRITICAL,
        "Addresses of the cluster are outside of Linkerd's clusterNetworks",
        "Set clusterNetworks in linkerd_control_plane_values; a playbook of your own tells linkerd_preflight_cluster_networks the same.",
    ),
    "L5D136": Rule(
        Severity.CRITICAL,
        "The proxies would not fit",
        "Lower linkerd_control_plane_proxy_memory_request or the cpu request, mesh fewer namespaces, or add a node.",
    ),
    "L5D137": Rule(
        Severity.WARNING,
        "Little memory would be left on a node",
        "Move something away, mesh fewer namespaces, or set memory limits for what grows.",
    ),
    "L5D138": Rule(
        Severity.CRITICAL,
        "Two wishes exclude each other",
        "Change one of the two.",
    ),
    "L5D139": Rule(
        Severity.WARNING,
        "A host lacks what a proxy's pod may need",
        "Mend it on that host and reboot it; Ubuntu for the Pi has more modules in linux-modules-extra-raspi.",
    ),
    "L5D140": Rule(
        Severity.CRITICAL,
        "The play has no Helm that is new enough",
        "Install Helm 3.16 or newer on the machine that runs the play, or say where it is with linkerd_helm_binary.",
    ),
}
