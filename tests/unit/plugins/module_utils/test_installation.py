# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read of the Linkerd that is in the cluster."""

from __future__ import annotations

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd import installation

VALUES = """
linkerdVersion: {version}
cniEnabled: true
proxy:
  outboundTransportMode: {transport}
  defaultInboundPolicy: deny
  ports: {{inbound: 5143, admin: 5191}}
  capabilities: {{drop: [ALL]}}
"""


def linkerd_of(values: str) -> installation.Installation:
    read = installation.read({"data": {"values": values}}, "linkerd")
    assert read is not None
    return read


def test_linkerd_s_values_are_read() -> None:
    read = linkerd_of(VALUES.format(version="edge-26.8.3", transport="transport-header"))
    assert (read.cni, read.drops_capabilities, read.inbound_policy, read.transport_header) == (True, True, "deny", True)
    assert (read.inbound_port, read.admin_port, read.native_sidecar, read.forwards_only_http) == (5143, 5191, True, False)
    assert not linkerd_of(VALUES.format(version="edge-26.8.3", transport="transparent")).transport_header


@pytest.mark.parametrize(
    ("version", "transport_header", "native", "only_http"),
    [
        ("edge-26.8.3", True, True, False),
        ("edge-25.4.4", True, False, False),
        ("edge-24.11.8", False, False, False),
        ("stable-2.14.10", False, False, False),
        ("stable-2.11.5", False, False, True),
        ("edge-22.5.1", False, False, True),
        ("edge-22.5.2", False, False, False),
        ("edge-21.5.1", False, False, True),
    ],
)
def test_what_the_values_do_not_say_the_release_does(version: str, transport_header: bool, native: bool, only_http: bool) -> None:
    read = linkerd_of(f"linkerdVersion: {version}")
    assert (read.transport_header, read.native_sidecar, read.forwards_only_http) == (transport_header, native, only_http)
