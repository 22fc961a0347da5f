# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from tests.browser import chromium
from tests.browser.devtools import Connection, Tab, browser
from tests.cached import UnavailableError


@pytest.fixture(scope="session")
def connection(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Connection]:
    try:
        home = chromium.fetch()
    except UnavailableError as error:
        pytest.skip(f"no Chromium here: {error}")
    with browser(home, tmp_path_factory.mktemp("chromium")) as running:
        yield running


@pytest.fixture
def tab(connection: Connection) -> Tab:
    return Tab(connection)


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Reports of every kind of cluster, and the page that leads to them."""
    # Not at the top: this file is read before the copy of the collection is brought up to date.
    from ansible_collections.pimesh.linkerd.plugins.module_utils.report import page
    from ansible_collections.pimesh.linkerd.plugins.module_utils.report.index import index
    from ansible_collections.pimesh.linkerd.plugins.module_utils.report.reading import read
    from tests.unit.plugins.module_utils import report_samples as samples

    directory = tmp_path_factory.mktemp("pages")
    results = {
        "healthy": samples.healthy(),
        "troubled": samples.troubled(),
        "hostile": samples.hostile(),
        "mute": {"mesh_info": {"failed": True, "msg": "no route to host"}},
        "crowded": samples.crowded(1000),
    }
    audits = {name: read(samples.HOSTILE if name == "hostile" else f"pi-{name}", found) for name, found in results.items()}
    texts = {name: page.report(audit, samples.AT, "https://docs.example") for name, audit in audits.items()}
    texts["index"] = index([(audit, f"{name}.html") for name, audit in audits.items()], samples.AT)
    for name, text in texts.items():
        (directory / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: directory / f"{name}.html" for name in texts}
