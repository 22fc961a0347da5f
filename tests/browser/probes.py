# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Questions to a page, as scripts that answer with plain data."""

from __future__ import annotations

OPEN_ALL = "document.querySelectorAll('details').forEach((part) => { part.open = true; })"

WIDER_THAN_THE_WINDOW = """(() => {
  const found = [...document.querySelectorAll("body *")].filter((el) => {
    const box = el.getBoundingClientRect();
    return box.width > 1 && box.right > innerWidth + 0.5;
  });
  return [document.documentElement.scrollWidth - innerWidth, found.slice(0, 5).map((el) => el.outerHTML.slice(0, 120))];
})()"""

LOW_CONTRAST = """(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (el) => {
    for (; el; el = el.parentElement) {
      const colour = rgba(getComputedStyle(el).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255];
  };
  const seen = new Map();
  const judge = (el, colour, size, weight) => {
    const [a, b] = [light(rgba(colour)), light(behind(el))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const large = size >= 24 || (size >= 18.66 && weight >= 700);
    seen.set(`${el.tagName} ${el.className} ${colour}`, [ratio, large ? 3 : 4.5]);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const el = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || ["SCRIPT", "STYLE"].includes(el.tagName) || !el.checkVisibility()) continue;
    const style = getComputedStyle(el);
    judge(el, style.color, parseFloat(style.fontSize), Number(style.fontWeight));
  }
  for (const el of document.querySelectorAll("input, select")) {
    judge(el, getComputedStyle(el).color, 16, 400);
    if (el.placeholder) judge(el, getComputedStyle(el, "::placeholder").color, 16, 400);
  }
  return [seen.size, [...seen].filter(([, [ratio, needed]]) => ratio < needed)];
})()"""

UNDER_GROUND = """(() => {
  const levels = [...document.querySelectorAll("h1, h2, h3, h4")].map((el) => Number(el.tagName[1]));
  const ids = [...document.querySelectorAll("[id]")].map((el) => el.id);
  return {
    language: document.documentElement.lang,
    title: document.title.length > 0,
    landmarks: ["header", "main"].map((name) => document.querySelectorAll(name).length),
    first_headings: levels.filter((level) => level === 1).length,
    skipped_levels: levels.filter((level, i) => i && level > levels[i - 1] + 1).length,
    ids_twice: ids.filter((id, i) => ids.indexOf(id) !== i),
    dead_links: [...document.querySelectorAll("a[href^='#']")].filter((el) => !document.getElementById(el.hash.slice(1))).length,
    empty_links: [...document.querySelectorAll("a")].filter((el) => !el.textContent.trim()).length,
    unlabelled: [...document.querySelectorAll("input, select")].filter((el) => !el.labels.length).length,
    tables_without_caption: [...document.querySelectorAll("table")].filter((el) => !el.caption?.textContent).length,
    headers_without_scope: document.querySelectorAll("th:not([scope])").length,
    drawings_without_words: document.querySelectorAll("svg:not([aria-label])").length,
    unnamed_sections: [...document.querySelectorAll("[aria-labelledby]")].filter((el) => !document.getElementById(el.getAttribute("aria-labelledby"))).length,
  };
})()"""

SHOWN_ROUTES = """[...document.querySelectorAll("#route-table tbody tr")].filter((row) => row.checkVisibility()).length"""

FOCUS = """(() => {
  const el = document.activeElement;
  const style = getComputedStyle(el);
  return [el.id || el.hash || el.tagName, style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2];
})()"""

MARKS = """[...document.querySelectorAll(".timeline svg")].map((svg) => {
  const [from, until, at] = [svg.dataset.from, svg.dataset.until, document.getElementById("at").dateTime].map(Date.parse);
  const [life, mark, limit] = ["rect.life", "line.at", "rect.window"].map((name) => svg.querySelector(name)?.getBoundingClientRect());
  return {
    expected: Math.min(1, Math.max(0, (at - from) / (until - from))),
    found: (mark.x + mark.width / 2 - life.x) / life.width,
    window: limit ? (limit.x - life.x) / life.width : null,
    width: life.width,
  };
})"""

COLOURS = """(() => {
  const of = (selector) => { const style = getComputedStyle(document.querySelector(selector)); return [style.color, style.backgroundColor]; };
  return [getComputedStyle(document.body).backgroundColor, ...of(".headline"), ...of(".headline .state")];
})()"""
