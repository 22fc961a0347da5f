# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Revisions of a release as Helm keeps them in Secrets."""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import json
import typing as t

import yaml

Object = dict[str, t.Any]

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)


def revision(
    number: int,
    status: str,
    *objects: Object,
    release: tuple[str, str] = ("web", "app"),
    of_chart: str = "web",
    age: float = 600,
    compress: bool = True,
    hooks: t.Sequence[Object] = (),
) -> Object:
    """A Secret as Helm keeps it: base64, twice, of JSON that is gzipped when it is worth it."""
    (name, namespace), chart = release, {"metadata": {"name": of_chart, "version": "1.2.3", "appVersion": "9"}}
    record = {"manifest": yaml.safe_dump_all(objects), "chart": chart, "hooks": list(hooks)}
    packed = json.dumps(record).encode()
    data = base64.b64encode(base64.b64encode(gzip.compress(packed) if compress else packed)).decode()
    made = (NOW - dt.timedelta(seconds=age)).strftime("%Y-%m-%dT%H:%M:%SZ")
    labels = {"owner": "helm", "name": name, "status": status, "version": str(number)}
    meta = {"name": f"sh.helm.release.v1.{name}.v{number}", "namespace": namespace, "labels": labels, "creationTimestamp": made}
    return {"apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1", "metadata": meta, "data": {"release": data}}
