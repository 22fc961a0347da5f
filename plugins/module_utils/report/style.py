# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The style of the report. It is one text, because the page's policy names its digest.

Note that this module util is private to the collection.
"""

from __future__ import annotations

STYLE = """
:root {
  color-scheme: light dark;
  --page: #fbfbfa; --raised: #ffffff; --ink: #1f2328; --quiet: #5b636d; --line: #dfe2e6; --link: #0b5cad;
  --good: #17683c; --good-back: #e4f3ea; --warn: #7a4b00; --warn-back: #fdf0d5; --bad: #a3231a; --bad-back: #fce8e6;
  --plain: #454c55; --plain-back: #eceef0; --life: #9cc9ae; --window: #e3b04b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #15181c; --raised: #1c2026; --ink: #e4e7eb; --quiet: #a2abb6; --line: #333a43; --link: #7db7f5;
    --good: #8fd7ab; --good-back: #17301f; --warn: #f0c36a; --warn-back: #35290f; --bad: #ff9d94; --bad-back: #401d1a;
    --plain: #c6cdd5; --plain-back: #2a3037; --life: #3f7355; --window: #b98a2c;
  }
}
*, ::before, ::after { box-sizing: border-box; }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 70rem; background: var(--page); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif;
  overflow-wrap: anywhere;
}
[hidden] { display: none !important; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
h1, h2, h3 { line-height: 1.25; font-weight: 650; margin: 0; }
h1 { font-size: 2rem; letter-spacing: -0.01em; }
h2 { font-size: 1.3rem; margin-bottom: 0.75rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 0.5rem; }
p { margin: 0 0 0.75rem; max-width: 46rem; }
a { color: var(--link); text-underline-offset: 0.15em; }
a:focus-visible, summary:focus-visible, input:focus-visible, select:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 3px; }
code { font: 0.9em ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; }
small { font-size: 0.86rem; color: var(--quiet); }
section { margin-top: 2.75rem; }
.kicker, .when { color: var(--quiet); font-size: 0.9rem; margin: 0; }
.headline { margin: 1rem 0 0.75rem; padding: 0.9rem 1.1rem; max-width: none; font-size: 1.1rem; border-radius: 8px; }
.headline .state::after { content: "."; }
.headline.safe { background: var(--good-back); } .headline.safe .state { color: var(--good); }
.headline.attention { background: var(--warn-back); } .headline.attention .state { color: var(--warn); }
.headline.unsafe { background: var(--bad-back); } .headline.unsafe .state { color: var(--bad); }
.headline.unknown { background: var(--plain-back); } .headline.unknown .state { color: var(--plain); }
nav ul { display: flex; flex-wrap: wrap; gap: 0.35rem 1.25rem; list-style: none; margin: 1.25rem 0 0; padding: 0; font-size: 0.95rem; }
.badge {
  display: inline-block; padding: 0.05em 0.55em; border-radius: 999px; font-size: 0.86rem; font-weight: 600; line-height: 1.6;
  color: var(--plain); background: var(--plain-back);
}
.badge.good { color: var(--good); background: var(--good-back); }
.badge.warn { color: var(--warn); background: var(--warn-back); }
.badge.bad { color: var(--bad); background: var(--bad-back); }
table { width: 100%; border-collapse: collapse; font-size: 0.95rem; margin-bottom: 1rem; }
thead th { text-align: left; font-size: 0.86rem; font-weight: 600; color: var(--quiet); border-bottom: 1px solid var(--line); padding: 0.3rem 1rem 0.3rem 0; }
tbody th, tbody td { text-align: left; font-weight: 400; vertical-align: top; border-bottom: 1px solid var(--line); padding: 0.6rem 1rem 0.6rem 0; }
tbody th b { font-weight: 600; }
#route-table { table-layout: fixed; }
.certificates th:nth-child(1) { width: 30%; } .certificates td:nth-child(3) { width: 22%; }
.timeline svg { display: block; width: 100%; height: 20px; overflow: visible; }
.life { fill: var(--life); background: var(--life); } .window { fill: var(--window); background: var(--window); }
.timeline .at { stroke: var(--ink); stroke-width: 2px; vector-effect: non-scaling-stroke; }
.key { display: inline-block; width: 1.4em; height: 0.6em; margin-right: 0.2em; vertical-align: baseline; }
.key.at { width: 2px; height: 1em; background: var(--ink); vertical-align: -0.15em; margin: 0 0.35em; }
.legend-line { font-size: 0.9rem; color: var(--quiet); }
dl { margin: 0; } dd { margin: 0; }
.dates { display: flex; justify-content: space-between; gap: 0 0.75rem; margin: 0.2rem 0 0.3rem; font-size: 0.86rem; line-height: 1.4; }
.dates div { text-align: center; } .dates div:first-child { text-align: left; } .dates div:last-child { text-align: right; }
.facts div { display: flex; flex-wrap: wrap; gap: 0 0.4em; } .dates dt, .facts dt { color: var(--quiet); }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: 0.3rem 2rem; margin-bottom: 1.25rem; }
.legend { margin: 0.5rem 0 1rem; } .legend dt { font-weight: 600; } .legend dd { margin: 0 0 0.5rem; color: var(--quiet); }
details { margin: 0; }
summary { cursor: pointer; }
.finding { border-bottom: 1px solid var(--line); padding: 0.6rem 0; }
.finding summary h3 { display: inline; margin: 0; font-size: 1rem; font-weight: 500; }
.reason { padding: 0.3rem 0; } .reason ul { margin-top: 0.4rem; }
.finding > :not(summary) { margin-left: 1.15rem; } .finding summary + p { margin-top: 0.6rem; }
.objects { margin: 0 0 0.75rem; padding-left: 1.1rem; } .objects b { font-weight: 600; }
.reference { font-size: 0.86rem; color: var(--quiet); margin-bottom: 0.25rem; }
#filters { display: flex; flex-wrap: wrap; gap: 0.6rem 1.25rem; align-items: center; margin: 0 0 0.75rem; font-size: 0.95rem; }
#filters label { display: flex; align-items: center; gap: 0.45em; }
input, select { font: inherit; color: inherit; background: var(--raised); border: 1px solid var(--quiet); border-radius: 6px;
  padding: 0.3rem 0.5rem; max-width: 100%; min-width: 0; }
::placeholder { color: var(--quiet); opacity: 1; }
output { color: var(--quiet); }
@media screen and (max-width: 46rem) {
  body { padding: 1.25rem 1rem 3rem; }
  h1 { font-size: 1.6rem; }
  .cards thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .cards, .cards tbody, .cards tr, .cards th, .cards td { display: block; width: auto !important; }
  .cards tr { padding: 0.75rem 0; border-bottom: 1px solid var(--line); }
  .cards tbody th, .cards tbody td { padding: 0.1rem 0; border: 0; }
  .cards td[data-of]::before { content: attr(data-of) " "; color: var(--quiet); font-size: 0.86rem; }
  .cards.certificates td::before { content: none; }
  #filters label { flex: 1 1 100%; } #filters label > * { flex: 1; }
}
@media print {
  :root {
    color-scheme: light;
    --page: #ffffff; --raised: #ffffff; --ink: #000000; --quiet: #444444; --line: #bbbbbb; --link: #000000;
    --good: #14532d; --good-back: #ffffff; --warn: #663c00; --warn-back: #ffffff; --bad: #8f1d15; --bad-back: #ffffff;
    --plain: #333333; --plain-back: #ffffff; --life: #b9d9c5; --window: #e3b04b;
  }
  @page { margin: 15mm; }
  html { font-size: 9.5pt; }
  body { padding: 0; max-width: none; }
  nav, #filters, #age { display: none !important; }
  section { margin-top: 1.5rem; }
  .headline, .badge { border: 1px solid currentColor; }
  .headline { border-color: var(--line); }
  .timeline, .key { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  tr, li, .headline { break-inside: avoid; }
  h2, h3, summary { break-after: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; }
  summary { list-style: none; }
}
"""
