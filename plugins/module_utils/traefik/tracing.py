# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How Traefik is told to start traces and where to send them: OpenTelemetry by gRPC, without TLS, which is the proxy's job.

Source: the static configuration of Traefik 3 (C(tracing.otlp)) and the published chart, which writes the same as arguments
(C(traefik.oltpCommonParams) in its templates). Without C(OTEL_PROPAGATORS) it passes W3C's headers on, which Linkerd prefers.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..ownership import AddItem, SetLeaf
from ..persistence.base import Setting
from .static_config import StaticConfig

_ENDPOINT = "tracing.otlp.grpc.endpoint"
_RATE = "tracing.sampleRate"


def settings(endpoint: str, sample_rate: float) -> list[Setting]:
    return [
        _setting("tracing.otlp.enabled", value=True, argument="tracing.otlp=true"),
        _setting("tracing.otlp.grpc.enabled", value=True, argument="tracing.otlp.grpc=true"),
        _setting(_ENDPOINT, value=endpoint, argument=f"{_ENDPOINT}={endpoint}"),
        _setting("tracing.otlp.grpc.insecure", value=True, argument="tracing.otlp.grpc.insecure=true"),
        _setting(_RATE, value=sample_rate, argument=f"{_RATE}={sample_rate}"),
    ]


def running(config: StaticConfig) -> list[Setting]:
    """The same as it is in force now, whoever brought that about; nothing where Traefik traces in another way."""
    try:
        return settings(config.value(_ENDPOINT), float(config.value(_RATE)))
    except ValueError:
        return []


def _setting(path: str, *, value: t.Any, argument: str) -> Setting:
    return Setting(SetLeaf(tuple(path.split(".")), value), AddItem((), f"--{argument}"))
