# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All controllers, by static imports: what is not imported by name is not shipped to where a module runs.

Note that this module util is private to the collection.
"""

from __future__ import annotations

from .base import Controller
from .ingress_nginx import INGRESS_NGINX
from .traefik import TRAEFIK
from .traefik_1 import TRAEFIK_1

CONTROLLERS: tuple[Controller, ...] = (TRAEFIK, TRAEFIK_1, INGRESS_NGINX)


def names() -> list[str]:
    return [controller.name for controller in CONTROLLERS]
