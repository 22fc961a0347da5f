# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the objects of a mesh's identity are called: Linkerd's own names, and those that role linkerd_identity gives. Pure data.

Note that this module util is private to the collection.
"""

from __future__ import annotations

ANCHOR = "linkerd-trust-anchor"
"""Certificate and Secret of the anchor."""
ISSUER = "linkerd-identity-issuer"
"""ClusterIssuer, Certificate and Secret of the identity issuer."""
TRUST_ROOTS = "linkerd-identity-trust-roots"
"""The ConfigMap that Linkerd reads its anchors from, and the Bundle that makes it."""
TRUST_ROOTS_KEY = "ca-bundle.crt"
PREVIOUS_LABEL = "pimesh.linkerd/trust-anchor"
PREVIOUS = "previous"
"""The value of that label on ConfigMaps with anchors that stay in the bundle for a while."""
