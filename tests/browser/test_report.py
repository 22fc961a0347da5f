# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report in a real Chromium: what people see, with a mouse, a keyboard, a phone, a printer, or without JavaScript."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.browser import probes
from tests.browser.devtools import Tab
from tools.build_copy import BUILD

NAMES = ["healthy", "troubled", "hostile", "mute", "crowded", "index"]
SMALL = [name for name in NAMES if name != "crowded"]
SCHEMES = ["light", "dark"]
Pages = dict[str, Path]


def luminance(colour: str) -> float:
    return sum(map(float, re.findall(r"[\d.]+", colour)[:3])) / 3


@pytest.mark.parametrize("name", NAMES)
def test_a_page_asks_for_nothing_and_complains_about_nothing(tab: Tab, pages: Pages, name: str) -> None:
    tab.open(pages[name])
    tab.evaluate("dispatchEvent(new Event('beforeprint')), dispatchEvent(new Event('afterprint'))")
    assert tab.requests() in ([pages[name].as_uri()], [pages[name].as_uri(), tab.evaluate("document.querySelector('link[rel=icon]').href")])
    assert tab.complaints() == []


def test_the_policy_stops_what_would_ask_or_run(tab: Tab, pages: Pages) -> None:
    """Had something slipped through the escaping, it still could do nothing."""
    tab.open(pages["healthy"])
    tab.evaluate("""
      document.body.insertAdjacentHTML("beforeend", "<img src='https://example.invalid/x.png' onerror='document.title = 1'><style>h1{color:red}</style>");
      const script = document.createElement("script");
      script.textContent = "document.title = 'broken'";
      document.body.append(script);
    """)
    assert tab.evaluate("fetch('https://example.invalid/').then(() => 'sent', () => 'refused')") == "refused"
    assert tab.evaluate("document.title") == "pi-healthy: safe"
    assert len([event for event in tab.complaints() if "Content Security Policy" in str(event)]) >= 4


def test_hostile_text_is_shown_as_text(tab: Tab, pages: Pages) -> None:
    tab.open(pages["hostile"])
    assert tab.evaluate("[document.scripts.length, document.images.length, document.querySelectorAll('[onerror]').length]") == [1, 0, 0]
    assert tab.evaluate("document.querySelector('h1').textContent").startswith("<script>document.title=")
    assert "onerror=" in tab.evaluate("document.title")


@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("name", SMALL)
def test_nothing_is_wider_than_the_window(tab: Tab, pages: Pages, name: str, width: int) -> None:
    tab.look(width)
    tab.open(pages[name])
    tab.evaluate(probes.OPEN_ALL)
    over, elements = tab.evaluate(probes.WIDER_THAN_THE_WINDOW)
    assert over <= 0
    assert elements == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", SMALL)
def test_every_text_can_be_read(tab: Tab, pages: Pages, name: str, scheme: str) -> None:
    """The contrast that WCAG's level AA asks for."""
    tab.look(scheme=scheme)
    tab.open(pages[name])
    tab.evaluate(probes.OPEN_ALL)
    pairs, low = tab.evaluate(probes.LOW_CONTRAST)
    assert pairs >= 7
    assert low == []


def test_dark_is_dark_and_light_is_light(tab: Tab, pages: Pages) -> None:
    seen = {}
    for scheme in SCHEMES:
        tab.look(scheme=scheme)
        tab.open(pages["troubled"])
        seen[scheme] = [luminance(colour) for colour in tab.evaluate(probes.COLOURS)]
    page, text, back, state, _none = range(5)
    assert seen["light"][page] > 240
    assert seen["dark"][page] < 40
    assert seen["light"][text] < seen["light"][back]
    assert seen["dark"][text] > seen["dark"][back]
    assert seen["light"][state] < seen["dark"][state]


def test_the_state_has_a_colour_and_a_word(tab: Tab, pages: Pages) -> None:
    seen = {}
    for name in ("healthy", "troubled", "mute"):
        tab.open(pages[name])
        seen[tab.evaluate("document.querySelector('.headline .state').textContent")] = tab.evaluate(probes.COLOURS)[3]
    assert set(seen) == {"Safe", "Not safe", "Not known"}
    assert len(set(seen.values())) == 3


@pytest.mark.parametrize("name", SMALL)
def test_the_page_stands_on_solid_ground(tab: Tab, pages: Pages, name: str) -> None:
    """What a checker of accessibility asks first."""
    tab.open(pages[name])
    assert tab.evaluate(probes.UNDER_GROUND) == {
        "language": "en",
        "title": True,
        "landmarks": [1, 1],
        "first_headings": 1,
        "skipped_levels": 0,
        "ids_twice": [],
        "dead_links": 0,
        "empty_links": 0,
        "unlabelled": 0,
        "tables_without_caption": 0,
        "headers_without_scope": 0,
        "drawings_without_words": 0,
        "unnamed_sections": 0,
    }


@pytest.mark.parametrize("width", [360, 1280])
def test_tables_are_tables_to_a_screen_reader_on_a_phone_too(tab: Tab, pages: Pages, width: int) -> None:
    tab.look(width)
    tab.open(pages["healthy"])
    tab.call("Accessibility.enable")
    nodes = tab.call("Accessibility.getFullAXTree")["nodes"]
    roles: dict[str, int] = {}
    for node in nodes:
        role = node.get("role", {}).get("value", "")
        roles[role] = roles.get(role, 0) + 1
    names = [node["name"]["value"] for node in nodes if node.get("role", {}).get("value") == "table"]
    assert names == ["Certificates and their lives", "Backends of every route and their verdicts", "Nodes"]
    assert roles["rowheader"] == 2 + 4 + 4
    assert roles["cell"] == 2 * 2 + 4 * 3 + 4 * 4
    assert roles["columnheader"] == 3 + 4 + 5


def test_routes_can_be_filtered(tab: Tab, pages: Pages) -> None:
    tab.open(pages["crowded"])

    def shown() -> tuple[int, str]:
        return tab.evaluate(probes.SHOWN_ROUTES), tab.evaluate("document.getElementById('filter-count').value")

    assert shown() == (1000, "1,000 backends")
    tab.evaluate("document.getElementById('filter-text').focus()")
    tab.write("APP-004")
    assert shown() == (10, "10 of 1,000 backends")
    tab.write(" nowhere")
    assert shown() == (0, "0 of 1,000 backends")
    tab.evaluate("document.getElementById('filter-text').select()")
    tab.write("app")
    choose = "(([id, value]) => {{ const el = document.getElementById(id); el.value = value; el.dispatchEvent(new Event('input', {{bubbles: true}})); }})({})"
    tab.evaluate(choose.format(["filter-verdict", "relayable"]))
    assert shown() == (100, "100 of 1,000 backends")
    tab.evaluate(choose.format(["filter-namespace", "team-03"]))
    assert shown()[0] == len([number for number in range(0, 1000, 10) if number % 37 == 3])
    tab.press("Enter", "\r")
    assert tab.evaluate("location.href") == pages["crowded"].as_uri()


def test_the_keyboard_reaches_everything_and_shows_where_it_is(tab: Tab, pages: Pages) -> None:
    tab.open(pages["healthy"])
    seen = []
    for _press in range(14):
        tab.press("Tab")
        place, outlined = tab.evaluate(probes.FOCUS)
        if place == "BODY":
            break
        assert outlined, place
        seen.append(place)
    assert seen == [
        *("#findings", "#certificates", "#routes", "#workloads", "#cluster"),
        *("SUMMARY", "filter-text", "filter-verdict", "filter-namespace", "SUMMARY"),
    ]
    tab.evaluate("document.querySelector('.finding summary').focus()")
    before = tab.evaluate("document.querySelector('.finding').open")
    tab.press("Enter", "\r")
    assert tab.evaluate("document.querySelector('.finding').open") is not before


def test_without_javascript_everything_is_there(tab: Tab, pages: Pages) -> None:
    tab.call("Emulation.setScriptExecutionDisabled", value=True)
    tab.open(pages["troubled"])
    assert tab.evaluate(probes.SHOWN_ROUTES) == 7
    assert tab.evaluate("document.getElementById('filters').checkVisibility()") is False
    assert tab.evaluate("[...document.querySelectorAll('.scripted, #age')].some((el) => el.checkVisibility())") is False
    assert tab.complaints() == []


def test_the_mark_of_the_audit_is_in_proportion(tab: Tab, pages: Pages) -> None:
    for width in (360, 1280):
        tab.look(width)
        tab.open(pages["troubled"])
        marks = tab.evaluate(probes.MARKS)
        assert len(marks) == 5
        assert all(abs(mark["found"] - mark["expected"]) < 0.01 for mark in marks)
        assert all(mark["width"] > 200 for mark in marks)
        assert [mark["window"] is not None for mark in marks].count(True) == 3


@pytest.mark.parametrize("scheme", SCHEMES)
def test_on_paper_it_is_light_complete_and_without_what_paper_cannot_do(tab: Tab, pages: Pages, scheme: str) -> None:
    tab.look(scheme=scheme, media="print")
    tab.open(pages["troubled"])
    assert luminance(tab.evaluate(probes.COLOURS)[0]) == 255
    assert tab.evaluate("[...document.querySelectorAll('nav, #filters')].some((el) => el.checkVisibility())") is False
    hidden = "[...document.querySelectorAll('details > *')].filter((el) => !el.checkVisibility({contentVisibilityAuto: true})).length"
    assert tab.evaluate("document.querySelectorAll('details:not([open])').length") > 0
    assert tab.evaluate(hidden) == 0
    pairs, low = tab.evaluate(probes.LOW_CONTRAST)
    assert (pairs >= 10, low) == (True, [])
    printed = tab.pdf()
    assert printed.startswith(b"%PDF-")
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 8


def test_a_thousand_routes_open_fast(tab: Tab, pages: Pages) -> None:
    """Far from what somebody would wait for, also on a busy machine."""
    tab.open(pages["crowded"])
    loaded = tab.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    filtered = tab.evaluate("""(() => {
      const text = document.getElementById("filter-text");
      const begin = performance.now();
      text.value = "app-0500";
      text.dispatchEvent(new Event("input", { bubbles: true }));
      document.body.getBoundingClientRect();
      return performance.now() - begin;
    })()""")
    assert loaded < 5000
    assert filtered < 1000


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [("healthy", 1280, "light"), ("troubled", 1280, "dark"), ("troubled", 360, "light"), ("index", 360, "dark")],
)
def test_pictures_for_whoever_changes_the_style(tab: Tab, pages: Pages, name: str, width: int, scheme: str) -> None:
    """Kept in .build/report, to look at."""
    tab.look(width, scheme)
    tab.open(pages[name])
    kept = BUILD / "report"
    kept.mkdir(exist_ok=True)
    (kept / f"{name}-{width}-{scheme}.png").write_bytes(tab.screenshot())
    (kept / f"{name}.pdf").write_bytes(tab.pdf())
    assert (kept / f"{name}-{width}-{scheme}.png").stat().st_size > 10_000
