# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The directory of a rendering: written, repeated, changed, emptied, and never anybody else's."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import InputError
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object, Ref
from ansible_collections.pimesh.linkerd.plugins.module_utils.rendering.directory import Directory
from ansible_collections.pimesh.linkerd.plugins.module_utils.rendering.render import Rendering
from ansible_collections.pimesh.linkerd.plugins.module_utils.rendering.run import without_secrets, write

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

AUTHOR = "l5d_apply"


class Module:
    """As much of an AnsibleModule as writing needs."""

    _diff = True

    def __init__(self, directory: Path, *, check: bool = False) -> None:
        self.check_mode = check
        self.tmpdir = str(directory)
        self.warnings: list[str] = []

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    @staticmethod
    def atomic_move(source: str, target: str) -> None:
        Path(source).replace(target)


@pytest.fixture
def dest(tmp_path: Path) -> Path:
    return tmp_path / "repository" / "apps"


def config_map(name: str, value: str = "1") -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "app"}, "data": {"a": value}}


def render(dest: Path, made: Rendering, *, check: bool = False, author: str = AUTHOR) -> tuple[Object, Module]:
    module = Module(dest.parent.parent, check=check)
    return write(t.cast("AnsibleModule", module), made, Directory(str(dest), author)), module


def there(dest: Path) -> set[str]:
    return {path.name for path in dest.iterdir()}


def test_check_mode_says_the_same_and_writes_nothing(dest: Path) -> None:
    foretold, _module = render(dest, Rendering([config_map("one")]), check=True)
    assert not dest.exists()
    done, _module = render(dest, Rendering([config_map("one")]))
    assert done == foretold
    assert done["changed"]
    assert there(dest) == {"configmap-app-one.yaml", "kustomization.yaml"}
    assert [Path(entry["after_header"]).name for entry in done["diff"]] == ["configmap-app-one.yaml", "kustomization.yaml"]


def test_a_repeat_changes_nothing_and_a_change_one_file(dest: Path) -> None:
    render(dest, Rendering([config_map("one"), config_map("two")]))
    assert not render(dest, Rendering([config_map("one"), config_map("two")]))[0]["changed"]
    changed, _module = render(dest, Rendering([config_map("one", "2"), config_map("two")]))
    assert [Path(entry["after_header"]).name for entry in changed["diff"]] == ["configmap-app-one.yaml"]


def test_what_is_no_longer_wanted_goes_and_what_is_not_ours_stays(dest: Path) -> None:
    render(dest, Rendering([config_map("one"), config_map("two")]))
    (dest / "mine.yaml").write_text("a: 1\n")
    (dest / "README.md").write_text("mine\n")
    (dest / "others").mkdir()
    (dest / "broken.yaml").symlink_to("nowhere")
    (dest / "binary.yaml").write_bytes(b"\xff\xfe")
    render(dest, Rendering([config_map("two")]))
    assert there(dest) == {
        "configmap-app-two.yaml",
        "kustomization.yaml",
        "mine.yaml",
        "README.md",
        "others",
        "broken.yaml",
        "binary.yaml",
    }
    render(dest, Rendering())
    assert there(dest) == {"mine.yaml", "README.md", "others", "broken.yaml", "binary.yaml"}


def test_an_index_of_somebodys_stays_and_is_warned_about(dest: Path) -> None:
    dest.mkdir(parents=True)
    (dest / "kustomization.yaml").write_text("resources: [mine.yaml]\n")
    done, module = render(dest, Rendering([config_map("one")]))
    assert done["changed"]
    assert (dest / "kustomization.yaml").read_text() == "resources: [mine.yaml]\n"
    assert [text.split(" is not ours")[0] for text in module.warnings] == [str(dest / "kustomization.yaml")]


@pytest.mark.parametrize(("text", "whose"), [("mine: true\n", "not ours"), ("", "another rendering's")])
def test_a_file_that_somebody_else_has_under_that_name_is_refused(dest: Path, text: str, whose: str) -> None:
    render(dest, Rendering([config_map("one")]), author="somebody")
    if text:
        (dest / "configmap-app-one.yaml").write_text(text)
    before = {path.name: path.read_text() for path in dest.iterdir()}
    with pytest.raises(InputError, match=f"configmap-app-one.yaml is there already and {whose}"):
        render(dest, Rendering([config_map("one", "2")]))
    assert {path.name: path.read_text() for path in dest.iterdir()} == before


def test_the_objects_of_others_are_known_again(dest: Path) -> None:
    render(dest, Rendering([config_map("ours")], [config_map("theirs")]))
    assert Directory(str(dest), AUTHOR).merged() == [Ref("v1", "ConfigMap", "theirs", "app")]


def test_a_file_is_no_directory(dest: Path) -> None:
    dest.parent.mkdir(parents=True)
    dest.write_text("")
    with pytest.raises(InputError, match="is not a directory"):
        Directory(str(dest), AUTHOR)


def test_a_directory_that_cannot_be_made_is_an_error_with_a_name(dest: Path) -> None:
    dest.parent.parent.joinpath("repository").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        render(dest, Rendering([config_map("one")]))


def test_secrets_are_held_back() -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key", "namespace": "app"}, "stringData": {"key": "hunter2"}}
    kept, withheld = without_secrets([config_map("one"), secret])
    assert kept == [config_map("one")]
    assert [(entry["kind"], entry["namespace"], entry["name"]) for entry in withheld] == [("Secret", "app", "key")]
    assert "hunter2" not in str(withheld)
