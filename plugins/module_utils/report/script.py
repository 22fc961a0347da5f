# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The script of the report: the mark of the audit on each life, its age, and the filters. Without it everything else is there.

It is one text, because the page's policy names its digest.

Note that this module util is private to the collection.
"""

from __future__ import annotations

SCRIPT = """
"use strict";
(() => {
  const DAY = 86400000;
  const at = document.getElementById("at");
  const looked = Date.parse(at.dateTime);

  const days = Math.floor((Date.now() - looked) / DAY);
  if (days >= 1) {
    const age = document.getElementById("age");
    age.textContent = `, ${days} ${days === 1 ? "day" : "days"} ago. What has changed since is not in it.`;
    age.hidden = false;
  }

  for (const svg of document.querySelectorAll(".timeline svg")) {
    const from = Date.parse(svg.dataset.from);
    const part = Math.min(1, Math.max(0, (looked - from) / (Date.parse(svg.dataset.until) - from)));
    const mark = document.createElementNS("http://www.w3.org/2000/svg", "line");
    const place = (part * 1000).toFixed(1);
    for (const [name, value] of [["class", "at"], ["x1", place], ["x2", place], ["y1", -3], ["y2", 13]]) mark.setAttribute(name, value);
    svg.append(mark);
  }
  for (const part of document.querySelectorAll(".scripted")) part.hidden = false;

  addEventListener("beforeprint", () => {
    for (const part of document.querySelectorAll("details:not([open])")) {
      part.open = true;
      part.dataset.closed = "";
    }
  });
  addEventListener("afterprint", () => {
    for (const part of document.querySelectorAll("details[data-closed]")) {
      part.open = false;
      delete part.dataset.closed;
    }
  });

  const form = document.getElementById("filters");
  if (!form) return;
  const [text, verdict, namespace, count] = ["text", "verdict", "namespace", "count"].map((name) => document.getElementById(`filter-${name}`));
  const rows = Array.from(document.querySelectorAll("#route-table tbody tr"), (row) => ({ row, words: row.textContent.toLowerCase() }));
  const all = rows.length.toLocaleString("en");
  const filter = () => {
    const wanted = text.value.toLowerCase().split(/\\s+/).filter(Boolean);
    let shown = 0;
    for (const { row, words } of rows) {
      const fits = (!verdict.value || row.dataset.verdict === verdict.value)
        && (!namespace.value || row.dataset.namespace === namespace.value)
        && wanted.every((word) => words.includes(word));
      row.hidden = !fits;
      if (fits) shown += 1;
    }
    count.value = shown === rows.length ? count.defaultValue : `${shown.toLocaleString("en")} of ${all} backends`;
  };
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  filter();
})();
"""
