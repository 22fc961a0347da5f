# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""l5d_report: its files, what counts as a change, and when it fails."""

from __future__ import annotations

import json
import os
import stat
import typing as t
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.module_utils.report.files import base_names
from ansible_collections.pimesh.linkerd.plugins.modules import l5d_report
from tests.integration import module_runs
from tests.unit.plugins.module_utils import report_samples as samples

Object = dict[str, t.Any]

NOON = "2026-11-21T12:00:00Z"
LATER = "2026-11-21T14:00:00+01:00"


def run(dest: Path, *clusters: tuple[str, Object], at: str = NOON, **args: t.Any) -> Object:
    given_ = [{"name": name, "results": results} for name, results in clusters] or [{"name": "pi", "results": samples.healthy()}]
    return module_runs.run("l5d_report", dest=str(dest), clusters=given_, generated_at=at, **args)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()} if directory.exists() else {}


def test_it_returns_what_it_documents(tmp_path: Path) -> None:
    returns: Object = yaml.safe_load(l5d_report.RETURN)
    result = run(tmp_path)
    assert set(result) - {"changed", "invocation", "warnings"} == set(returns)
    assert set(result["summaries"][0]) == set(returns["summaries"]["contains"])


def test_a_cluster_has_a_page_and_data_for_its_owner_alone(tmp_path: Path) -> None:
    dest = tmp_path / "new/reports"
    result = run(dest)
    assert result["changed"]
    assert result["files"] == [str(dest / "pi.html"), str(dest / "pi.json")]
    assert sorted(contents(dest)) == ["pi.html", "pi.json"]
    assert {mode(path) for path in dest.iterdir()} == {0o600}
    assert mode(dest) == 0o700
    data = json.loads((dest / "pi.json").read_text())
    assert data["summary"] == result["summaries"][0]
    assert data["generated_at"] == "2026-11-21T12:00:00Z"


def test_other_modes_are_given(tmp_path: Path) -> None:
    run(tmp_path, mode="0644")
    assert {mode(path) for path in tmp_path.iterdir()} == {0o644}


def test_several_clusters_have_a_page_that_leads_to_them_the_worst_first(tmp_path: Path) -> None:
    result = run(tmp_path, ("a", samples.healthy()), ("z", samples.troubled()))
    text = (tmp_path / "index.html").read_text()
    assert text.index('href="z.html"') < text.index('href="a.html"')
    assert [entry["state"] for entry in result["summaries"]] == ["safe", "unsafe"]
    assert result["files"][-1].endswith("/index.html")


def test_nothing_but_the_time_is_no_change_and_the_time_is_written(tmp_path: Path) -> None:
    run(tmp_path)
    before = contents(tmp_path)
    assert not run(tmp_path)["changed"]
    assert contents(tmp_path) == before
    again = run(tmp_path, at=LATER, diff=True)
    assert not again["changed"]
    assert again["diff"] == []
    assert b"2026-11-21T13:00:00Z" in contents(tmp_path)["pi.json"]
    assert run(tmp_path, ("pi", samples.troubled()), at=LATER)["changed"]


def test_check_mode_says_the_same_and_writes_nothing(tmp_path: Path) -> None:
    dest = tmp_path / "reports"
    checked = run(dest, check=True)
    assert checked["changed"]
    assert not dest.exists()
    done = run(dest)
    assert {key: value for key, value in checked.items() if key != "invocation"} == {
        key: value for key, value in done.items() if key != "invocation"
    }
    before = contents(dest)
    assert run(dest, ("pi", samples.troubled()), check=True)["changed"]
    assert not run(dest, check=True, at=LATER)["changed"]
    assert contents(dest) == before


def test_the_difference_is_that_of_the_data(tmp_path: Path) -> None:
    run(tmp_path)
    (diff,) = run(tmp_path, ("pi", samples.troubled()), diff=True, check=True)["diff"]
    assert diff["before_header"].endswith("pi.json")
    assert "relayable" in diff["after"]
    assert "relayable" not in diff["before"]


@pytest.mark.parametrize(("fail_on", "fails"), [("never", False), ("info", True), ("warning", False), ("critical", False)])
def test_it_fails_where_it_was_asked_to(tmp_path: Path, fail_on: str, fails: bool) -> None:
    result = run(tmp_path, fail_on=fail_on)
    assert bool(result.get("failed")) is fails


def test_a_failure_comes_once_the_report_is_written(tmp_path: Path) -> None:
    result = run(tmp_path, ("a", samples.healthy()), ("z", samples.troubled()), fail_on="critical")
    assert result["failed"]
    assert result["failure"]["code"] == "critical"
    assert result["msg"].startswith("z: 2 of 7 backends can be misused by a client.")
    assert str(tmp_path / "index.html") in result["msg"]
    assert sorted(contents(tmp_path)) == ["a.html", "a.json", "index.html", "z.html", "z.json"]


def test_a_cluster_that_says_nothing_is_a_failure_and_in_the_report(tmp_path: Path) -> None:
    result = run(tmp_path, ("a", samples.healthy()), ("mute", {"mesh_info": {"failed": True, "msg": "no route to host"}}))
    assert result["failure"]["code"] == "unread"
    assert result["failure"]["subject"] == "mute"
    assert b"no route to host" in contents(tmp_path)["mute.html"]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({"at": "yesterday"}, "generated_at: yesterday is no time with a zone"),
        ({"at": "2026-11-21T12:00:00"}, "is no time with a zone"),
        ({"docs_url": "javascript:alert(1)"}, "is no http or https address"),
    ],
)
def test_bad_options_are_named(tmp_path: Path, args: Object, words: str) -> None:
    result = run(tmp_path, **args)
    assert result["failed"]
    assert words in result["msg"]
    assert contents(tmp_path) == {}


def test_a_name_that_is_given_twice_is_refused(tmp_path: Path) -> None:
    assert "pi is there twice" in run(tmp_path, ("pi", {}), ("pi", {}))["msg"]


@pytest.mark.parametrize("name", ["pi.html", "pi.json"])
def test_what_is_no_report_is_never_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\xffmine")
    result = run(tmp_path)
    assert result["failed"]
    assert f"{name} is there already and no report" in result["msg"]
    (tmp_path / name).write_text("mine")
    run(tmp_path)
    assert contents(tmp_path) == {name: b"mine"}


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/pi.html").symlink_to(tmp_path / "elsewhere")
    assert "is there already and no report" in run(tmp_path / "reports")["msg"]


def test_a_destination_that_is_no_directory_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "is not a directory" in run(tmp_path / "file")["msg"]
    result = run(tmp_path / "file/below")
    assert result["failure"]["subject"] == "dest"
    assert "cannot be" in result["msg"]


def test_a_directory_that_may_not_be_written_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may write anywhere, so that the question is answered for it."""
    monkeypatch.setattr(os, "access", lambda *_args, **_more: False)
    result = run(tmp_path)
    assert result["msg"] == f"dest: {tmp_path} cannot be written: Permission denied. Choose another directory."
    assert contents(tmp_path) == {}


@given(
    st.lists(
        st.text(min_size=1, max_size=12) | st.sampled_from(["index", "Index", "a/b", "a b", "..", "pi", "PI"]),
        min_size=1,
        max_size=6,
        unique=True,
    )
)
def test_every_cluster_has_a_file_of_its_own(names: list[str]) -> None:
    found = base_names(names)
    assert len({base.lower() for base in found.values()} | {"index"}) == len(names) + 1
    assert all(
        set(base) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") and base[0] != "." for base in found.values()
    )
