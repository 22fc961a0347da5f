# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""k3s' handling of HelmChart and HelmChartConfig, simulated with the real Helm.

What k3s does (helm-controller and klipper-helm, July 2026), and this does alike:

- Values, each over the one before: the chart's defaults, HelmChart.spec.valuesContent,
  HelmChart.spec.values, HelmChart.spec.valuesSecrets in their order, then the same three
  of the HelmChartConfig of the same name and namespace, and last HelmChart.spec.set
  (``--set`` for numbers, true, false and null, ``--set-string`` for the rest). Maps merge
  key by key, lists are replaced.
- HelmChartConfig.spec.failurePolicy wins over the HelmChart's. The CRD gives both the
  default ``reinstall``, so a HelmChartConfig without the field overrides a HelmChart's
  ``abort``.
- No release yet: ``helm install``. A deployed one: ``helm upgrade``. A failed one:
  ``abort`` does nothing and waits for a person, ``retry`` upgrades, ``reinstall``
  uninstalls and installs.
- Invalid YAML, values that the chart's schema refuses and templates that fail end Helm
  before it makes a new revision: the release stays deployed as it was, and the same
  upgrade is tried again and again. Only objects that the API server refuses leave a
  failed revision, and only then does the failure policy act.
- Nothing runs while the newest release is deployed and carries the hash of the wanted
  settings; so edits of objects that the chart made stay until the next real change.
- Deleting the HelmChart uninstalls, then the finalizer goes.
- A HelmChart annotated as unmanaged loses its Job and what belongs to it; the release stays.
  Deleted, it waits with its finalizer until the annotation goes.

What is different: Helm 3 runs in the sandbox's own process instead of Helm 4 in the Job's
pod (so ``serverSide`` and ``forceConflicts`` do nothing). The Job ``helm-install-NAME``
stays suspended until Helm has succeeded, and an Event at the HelmChart carries Helm's
error, which k3s only has in the pod's log. Charts come from sandbox/charts, by name.

k3s' ServiceLB is there as far as others see it: a Service of type LoadBalancer gets the
nodes' addresses, unless another one has one of its ports. Its DaemonSet ``svclb-NAME`` is
not made.

k3s' servers are directories, see sandbox/k3s/server.py: their configuration and manifests
are files, and touching ``restart`` restarts the server.
"""

from __future__ import annotations

from sandbox.k3s.controller import player

__all__ = ["player"]
