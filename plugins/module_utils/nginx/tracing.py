# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How ingress-nginx is told to start traces and where to send them: keys of its ConfigMap.

Source: docs/user-guide/third-party-addons/opentelemetry.md of ingress-nginx. The module is part of the image since 1.10.0.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..controllers.base import Part
from ..model import Object, Ref
from ..ownership import Edit, SetLeaf, owned
from ..tracing.collector import Tracing, read_endpoint

SINCE = (1, 10, 0)
SWITCH = "enable-opentelemetry"
_HOST, _PORT, _SAMPLER, _RATIO = "otlp-collector-host", "otlp-collector-port", "otel-sampler", "otel-sampler-ratio"


def part(config_map: Object, wanted: Tracing) -> Part:
    endpoint = read_endpoint(wanted.endpoint)
    data = {
        SWITCH: "true",
        _HOST: f"{endpoint.service}.{endpoint.namespace}",
        _PORT: str(endpoint.port),
        _SAMPLER: "TraceIdRatioBased",
        _RATIO: str(wanted.sample_rate),
    }
    return _part(config_map, [SetLeaf(("data", key), value) for key, value in data.items()], data)


def kept(config_map: Object) -> Part:
    """What is ours of it, as it is."""
    keys = (SWITCH, _HOST, _PORT, _SAMPLER, _RATIO)
    edits: list[Edit] = [
        edit for edit in owned(config_map) if isinstance(edit, SetLeaf) and edit.path[:1] == ("data",) and edit.path[-1] in keys
    ]
    return _part(config_map, edits, {str(edit.path[-1]): edit.value for edit in edits if isinstance(edit, SetLeaf)})


def _part(config_map: Object, edits: t.Sequence[Edit], data: t.Mapping[str, str]) -> Part:
    ref = Ref.of(config_map)
    values = {"controller": {"config": dict(data)}} if data else {}
    return Part(edits=lambda obj: list(edits) if Ref.of(obj) == ref else [], values=values, in_values=[ref] if data else [])
