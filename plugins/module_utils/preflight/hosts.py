# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What nodes say of themselves over SSH, where somebody lets us ask: the API knows nothing of it.

A host answers with lines C(name=value), which the script in the role's variables prints.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import re
import typing as t

from ..findings import finding
from ..linkerd.releases import version
from ..model import Finding, Ref
from .view import Facts, View

SHARED_MODULES = ("nf_nat", "xt_REDIRECT", "xt_multiport", "xt_owner", "xt_comment")
MODULES: dict[str, tuple[str, ...]] = {
    "nft": ("nf_tables", "nft_compat", "nft_chain_nat", *SHARED_MODULES),
    "legacy": ("ip_tables", "iptable_nat", *SHARED_MODULES),
}
"""What the rules of linkerd-init need of the kernel, by proxyInit.iptablesMode."""
BROKEN_IPTABLES = ((1, 8, 0), (1, 8, 5))
"""They pile up rules; k3s' documentation tells to take its bundled ones (--prefer-bundled-bin)."""
FEW_WATCHERS = 256
SMALL_PAGES = "4096"


def findings(view: View) -> list[Finding]:
    found = []
    for name, text in sorted(view.hosts.items()):
        host, said = Ref("", "Host", name), parse(text)
        if not said:
            found.append(finding("L5D113", host, "it did not answer"))
            continue
        if said["bits"] == "32" and said["machine"] in ("aarch64", "arm64"):
            found.append(finding("L5D123", host, f"{said['bits']}-bit programs on a {said['machine']} kernel"))
        if said["synchronised"] == "no":
            found.append(finding("L5D125", host, "systemd says that no time server was reached (NTPSynchronized=no)"))
        if said["page_size"] not in ("", SMALL_PAGES):
            found.append(finding("L5D126", host, f"{said['page_size']} bytes, kernel {said['kernel']}"))
        found += [finding("L5D139", host, reason) for reason in lacking(said, view.wanted.iptables_mode or _default(view))]
    return found


def facts(view: View) -> list[Facts]:
    return [{"name": name, "answered": bool(parse(text)), **parse(text)} for name, text in sorted(view.hosts.items())]


def parse(text: str) -> Facts:
    """What the script said; empty when it is something else."""
    pairs = [line.strip().split("=", 1) for line in text.splitlines() if "=" in line]
    said = {name: value.strip() for name, value in pairs if name != "module"}
    if "machine" not in said:
        return {}
    kept = ("machine", "kernel", "bits", "page_size", "synchronised", "cgroups", "iptables", "watchers")
    return {
        **{name: said.get(name, "") for name in kept},
        "controllers": said.get("controllers", "").split(),
        "modules": sorted(value for name, value in pairs if name == "module"),
        "modules_known": said.get("modules_known") == "yes",
    }


def lacking(said: t.Mapping[str, t.Any], mode: str) -> list[str]:
    reasons = []
    if "memory" not in said["controllers"]:
        reasons.append("the memory cgroup is off (cgroup_enable=memory cgroup_memory=1 in /boot/firmware/cmdline.txt turns it on)")
    missing = [name for name in MODULES.get(mode, ()) if name not in said["modules"]]
    if missing and said["modules_known"]:
        reasons.append(f"the kernel has no {', '.join(missing)}, which linkerd-init needs with iptables mode {mode}")
    running = version((re.findall(r"v[\d.]+", said["iptables"]) or [""])[0])
    if BROKEN_IPTABLES[0] <= running < BROKEN_IPTABLES[1]:
        reasons.append(f"{said['iptables']} has bugs that pile up rules (k3s: --prefer-bundled-bin)")
    if said["watchers"].isdigit() and int(said["watchers"]) < FEW_WATCHERS:
        reasons.append(f"fs.inotify.max_user_instances is {said['watchers']}, and pods with a proxy need more of them")
    return reasons


def _default(view: View) -> str:
    return view.wanted.release.default_iptables_mode
