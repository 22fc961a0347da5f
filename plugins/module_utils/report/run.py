# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the module l5d_report does: results to pages and data, and a failure where one was asked for, once all is written.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import collections
import datetime as dt
import json
import typing as t
from urllib.parse import urlsplit

from ..errors import InputError, L5dError
from ..model import Object, Severity
from . import page
from .audit import Audit
from .certificates import time_of
from .document import data, summary, to_json
from .files import INDEX, Directory, base_names
from .index import index
from .reading import read

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

OPTIONS: dict[str, t.Any] = {
    "clusters": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {"name": {"type": "str", "required": True}, "results": {"type": "dict", "default": {}}},
    },
    "dest": {"type": "path", "required": True},
    "mode": {"type": "str", "default": "0600"},
    "docs_url": {"type": "str", "default": ""},
    "generated_at": {"type": "str"},
    "fail_on": {"type": "str", "choices": ["never", "info", "warning", "error", "critical"], "default": "never"},
}


def run(module: AnsibleModule) -> Object:
    params: Object = module.params
    at = _time(params["generated_at"])
    _check(params)
    audits = [read(entry["name"], entry["results"]) for entry in params["clusters"]]
    directory = Directory(params["dest"])
    written = Reports(audits, params["docs_url"])
    texts = written.texts(at)
    before = {name: directory.read(name) for name in texts}
    earlier = _earlier(before, at)
    then = texts if earlier == at else written.texts(earlier)
    changes = {name: (before[name], text) for name, text in then.items() if before[name] != text}
    if not module.check_mode:
        directory.write(module, texts)
    result: Object = {
        "changed": bool(changes),
        "files": [str(directory.path / name) for name in texts],
        "summaries": [summary(audit, at) for audit in audits],
    }
    if module._diff:  # noqa: SLF001 - the documented way for a module to learn of --diff
        result["diff"] = [_diff(str(directory.path / name), *pair) for name, pair in changes.items() if name.endswith(".json")]
    return result


class Reports:
    """The texts of all files by name, the same for the same audits and time."""

    def __init__(self, audits: t.Sequence[Audit], docs_url: str) -> None:
        self.audits = audits
        self.docs_url = docs_url
        self.names = base_names([audit.name for audit in audits])

    def texts(self, at: dt.datetime) -> dict[str, str]:
        found: dict[str, str] = {}
        for audit in self.audits:
            name = self.names[audit.name]
            found[f"{name}.html"] = page.report(audit, at, self.docs_url)
            found[f"{name}.json"] = to_json(data(audit, at))
        if len(self.audits) > 1:
            links = [(audit, f"{self.names[audit.name]}.html") for audit in self.audits]
            found[f"{INDEX}.html"] = index(links, at)
        return found


def failure(result: Object, fail_on: str) -> L5dError | None:
    """Why the play should stop after all: a cluster that could not be read, or something as bad as was asked for."""
    silent = [entry["cluster"] for entry in result["summaries"] if not entry["read"]]
    where = f"The report is {[path for path in result['files'] if path.endswith('.html')][-1]}."
    if silent:
        return L5dError(", ".join(silent), "nothing of it could be read", where, code="unread")
    if fail_on == "never":
        return None
    bad = [entry for entry in result["summaries"] if entry["worst"] and Severity.parse(entry["worst"]) >= Severity.parse(fail_on)]
    if not bad:
        return None
    first = max(bad, key=lambda entry: Severity.parse(entry["worst"]))
    more = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
    return L5dError(f"{first['cluster']}{more}", f"{first['safety']} {first['action']}".rstrip("."), where, code=first["worst"])


def _check(params: Object) -> None:
    if not params["clusters"]:
        raise InputError("clusters", "is empty", "Name at least one cluster.")
    twice = [name for name, number in collections.Counter(entry["name"] for entry in params["clusters"]).items() if number > 1]
    if twice:
        raise InputError("clusters", f"{twice[0]} is there twice", "Give each cluster a name of its own.")
    if params["docs_url"] and urlsplit(params["docs_url"]).scheme not in ("http", "https"):
        raise InputError("docs_url", f"{params['docs_url']} is no http or https address", "Name where the documentation is served.")


def _time(given: str | None) -> dt.datetime:
    if not given:
        return dt.datetime.now(dt.UTC).replace(microsecond=0)
    at = time_of(given)
    if at:
        return at
    raise InputError("generated_at", f"{given} is no time with a zone", "Write it as 2026-11-21T18:20:00Z.")


def _earlier(before: t.Mapping[str, str], at: dt.datetime) -> dt.datetime:
    """The time of the report that is there, to see what else differs from it."""
    for name, text in before.items():
        if name.endswith(".json") and text:
            try:
                return _time(json.loads(text)["generated_at"])
            except (ValueError, KeyError, TypeError, InputError):
                return at
    return at


def _diff(path: str, before: str, after: str) -> Object:
    return {"before_header": path, "after_header": path, "before": before, "after": after}
