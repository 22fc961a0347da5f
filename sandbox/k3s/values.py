# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a HelmChart and its HelmChartConfig to what Helm is asked. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field

import yaml

from sandbox.rest import Object

COMMA = re.compile(r"\\*,")
DEFAULT_POLICY = "reinstall"
DEFAULT_BACKOFF_LIMIT = 1000


@dataclass(frozen=True)
class Wanted:
    """One release as it should be."""

    name: str
    namespace: str
    chart: str
    content: str
    """The chart's archive in base64, in place of ``chart``."""
    flags: tuple[str, ...]
    values: tuple[str, ...]
    """YAML texts, each over the one before."""
    failure_policy: str
    backoff_limit: int
    hash: str = field(default="", compare=False)


def wanted(chart: Object, config: Object | None, secrets: dict[str, dict[str, str]]) -> Wanted:
    """What the two objects say; O(secrets) holds the decoded data of the Secrets they name."""
    spec, override = chart.get("spec") or {}, (config or {}).get("spec") or {}
    limit = spec.get("backOffLimit")
    found = Wanted(
        name=chart["metadata"]["name"],
        namespace=spec.get("targetNamespace") or chart["metadata"]["namespace"],
        chart=spec.get("chart") or "",
        content=spec.get("chartContent") or "",
        flags=tuple(flags(spec)),
        values=(*_texts(spec, secrets), *_texts(override, secrets)),
        failure_policy=override.get("failurePolicy") or spec.get("failurePolicy") or DEFAULT_POLICY,
        backoff_limit=DEFAULT_BACKOFF_LIMIT if limit is None else int(limit),
    )
    return Wanted(**{**found.__dict__, "hash": _hash(found)})


def flags(spec: Object) -> list[str]:
    """Options of helm install and helm upgrade alike."""
    result = ["--create-namespace"] if spec.get("createNamespace") else []
    result += ["--take-ownership"] if spec.get("takeOwnership") else []
    result += ["--timeout", str(spec["timeout"])] if spec.get("timeout") else []
    for key, value in sorted((spec.get("set") or {}).items()):
        if _typed(value):
            result += ["--set", f"{key}={value}"]
        else:
            result += ["--set-string", f"{key}={COMMA.sub(_escaped, str(value))}"]
    return result


def secret_names(*objects: Object | None) -> list[str]:
    """Secrets that hold values."""
    found = [item for obj in objects for item in ((obj or {}).get("spec") or {}).get("valuesSecrets") or []]
    return [str(item["name"]) for item in found if item.get("name")]


def _texts(spec: Object, secrets: dict[str, dict[str, str]]) -> list[str]:
    texts = [spec["valuesContent"]] if spec.get("valuesContent") else []
    texts += [yaml.safe_dump(spec["values"])] if spec.get("values") else []
    for item in spec.get("valuesSecrets") or []:
        data = secrets.get(item.get("name", ""), {})
        texts += [data[key] for key in item.get("keys") or [] if key in data]
    return texts


def _typed(value: object) -> bool:
    """Numbers, true, false and null keep their type."""
    return isinstance(value, int) or str(value).lower() in {"true", "false", "null"}


def _escaped(match: re.Match[str]) -> str:
    """A comma that is not yet escaped would end the value."""
    text = match.group()
    return f"\\{text}" if len(text) % 2 else text


def _hash(release: Wanted) -> str:
    data = json.dumps({**release.__dict__, "hash": ""}, sort_keys=True)
    return hashlib.sha256(data.encode()).hexdigest().upper()[:63]
