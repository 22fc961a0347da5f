# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What hosts say of themselves; the script that asks is run here for real."""

from __future__ import annotations

import os
import subprocess

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.module_utils.preflight.hosts import MODULES, lacking, parse
from ansible_collections.pimesh.linkerd.plugins.module_utils.preflight.judge import judge
from tests.unit.plugins.module_utils.preflight_scene import answering, found, reason, view, wanted
from tools.build_copy import ROOT


def test_a_sound_pi_gives_no_finding_and_its_facts() -> None:
    facts = judge(view(hosts={"pi-1": answering()}))
    assert facts["findings"] == []
    (pi,) = facts["hosts"]
    assert (pi["name"], pi["answered"], pi["page_size"]) == ("pi-1", True, "4096")
    assert pi["controllers"] == ["cpuset", "cpu", "io", "memory", "pids"]


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"bits": "32"}, "L5D123", "32-bit programs on a aarch64 kernel"),
        ({"synchronised": "no"}, "L5D125", "NTPSynchronized=no"),
        ({"page_size": "16384"}, "L5D126", "16384 bytes, kernel 6.12.47+rpt-rpi-v8"),
        ({"controllers": "cpuset cpu io"}, "L5D139", "cgroup_enable=memory"),
        ({"iptables": "iptables v1.8.2 (legacy)"}, "L5D139", "--prefer-bundled-bin"),
        ({"watchers": "128"}, "L5D139", "max_user_instances is 128"),
    ],
)
def test_what_a_host_says_becomes_a_finding(changes: dict[str, str], code: str, words: str) -> None:
    seen = view(hosts={"pi-1": answering(**changes)})
    assert found(seen) == [(code, "pi-1")]
    assert words in reason(seen, code)


def test_a_host_that_does_not_answer_is_named() -> None:
    assert found(view(hosts={"pi-1": "", "pi-2": answering(), "pi-3": "sh: command not found"})) == [("L5D113", "pi-1"), ("L5D113", "pi-3")]


def test_modules_count_by_the_mode_of_iptables() -> None:
    only_legacy = answering([f"module={name}" for name in MODULES["legacy"]])
    seen = view(hosts={"pi-1": only_legacy})
    assert "no nf_tables, nft_compat, nft_chain_nat, which linkerd-init needs with iptables mode nft" in reason(seen, "L5D139")
    assert found(view(hosts={"pi-1": only_legacy}, wanted=wanted(iptables_mode="legacy"))) == []
    assert found(view(hosts={"pi-1": answering([], modules_known="")})) == []


@given(st.text(), st.sampled_from(["nft", "legacy"]))
def test_no_answer_is_too_odd(text: str, mode: str) -> None:
    said = parse(f"machine=aarch64\n{text}")
    assert said["machine"]
    lacking(said, mode)
    parse(text)


def test_the_script_runs_anywhere_and_is_understood() -> None:
    variables = yaml.safe_load((ROOT / "roles/linkerd_preflight/vars/main.yml").read_text(encoding="utf-8"))
    script = variables["_linkerd_preflight_script"]
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=60, check=True)
    said = parse(done.stdout)
    assert said["machine"] == os.uname().machine
    assert said["kernel"] == os.uname().release
    assert said["page_size"] == str(os.sysconf("SC_PAGE_SIZE"))
    assert said["cgroups"] in ("v1", "v2")
    known = {*MODULES["nft"], *MODULES["legacy"]}
    assert all(f" {name}" in script.replace("\n", " ") for name in known)
