# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sphinx, for `make docs`. Nothing is looked up elsewhere, so labels of ansible's own documentation stay plain text."""

from __future__ import annotations

project = "pimesh.linkerd"
author = "The pimesh.linkerd contributors"
copyright = f"2026, {author}"  # noqa: A001 - sphinx's name for it
extensions = ["sphinx_antsibull_ext"]
html_theme = "alabaster"
html_theme_options = {"page_width": "1100px"}
pygments_style = "ansible"
highlight_language = "YAML+Jinja"
suppress_warnings = ["ref.ref"]
