# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Own small stand-ins for the published charts, put together where Helm can read them.

The directory that ``assemble`` returns holds one chart per directory
(``linkerd-crds``, ``linkerd-control-plane``, ``linkerd2-cni``, ``linkerd-viz``, ``cert-manager``,
``trust-manager``, ``traefik``, ``ingress-nginx``), to be given to Helm as a chart,
Linkerd's also as ``<chart>-<version>`` in each version that ``sandbox.charts.versions`` offers, and under
``static/charts`` the two archives that k3s' own HelmCharts ask its API server for.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path

import yaml

from sandbox.charts import crds, versions

SOURCE = Path(__file__).parent
OF_LINKERD = ("linkerd-crds", "linkerd-control-plane", "linkerd2-cni", "linkerd-viz", "linkerd-jaeger")
K3S_TRAEFIK = "40.3.0+up40.3.0"
"""The version of k3s' packaging of Traefik's chart; the form is k3s', the number is ours."""
BUNDLE = "gateway.networking.k8s.io/bundle-version"


def assemble(cache: Path) -> Path:
    """The directory of the assembled charts; made where it is missing, from this tree and the CRDs in the cache."""
    target = cache / f"charts-{_fingerprint(cache)}"
    if not target.exists():
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            made = Path(scratch) / "charts"
            _build(made, cache)
            # Another sandbox may have been faster; then its result is the same.
            if not target.exists():
                made.rename(target)
    return target


def _build(target: Path, cache: Path) -> None:
    for chart in (*OF_LINKERD, "cert-manager", "trust-manager", "traefik", "ingress-nginx"):
        shutil.copytree(SOURCE / chart, target / chart, ignore=shutil.ignore_patterns(versions.FOLDER))
    _write(target / "linkerd-crds" / "templates" / "linkerd.yaml", _linkerd())
    for name, text in _linkerd_gateway().items():
        _write(target / "linkerd-crds" / "templates" / f"{name}.yaml", text)
    _copy(cache / "cert-manager" / "crds", target / "cert-manager" / "files", "*.yaml")
    _copy(cache / "trust-manager" / "crds", target / "trust-manager" / "files", "trust.cert-manager.io_*.yaml")
    _pack(_renamed(target / "traefik", target / "k3s", "traefik"), target / "static" / "charts")
    _pack(_traefik_crd(target / "k3s"), target / "static" / "charts")
    _write(target / "traefik" / "crds" / "traefik.yaml", _documents(crds.TRAEFIK, {}, {}))
    shutil.rmtree(target / "k3s")
    for chart in OF_LINKERD:
        versions.offer(SOURCE / chart, target / chart)


def _linkerd() -> str:
    return _documents(crds.LINKERD, _linkerd_labels(), {})


def _linkerd_labels() -> dict[str, str]:
    return {"helm.sh/chart": "{{ .Chart.Name }}-{{ .Chart.Version }}", "linkerd.io/control-plane-ns": "{{ .Release.Namespace }}"}


def _linkerd_gateway() -> dict[str, str]:
    """Gateway API's routes as this chart brings them, each behind its switch."""
    annotations = {
        **crds.GATEWAY_MARKS,
        BUNDLE: "v1.1.1",
        "gateway.networking.k8s.io/channel": "experimental",
        "linkerd.io/created-by": "linkerd/helm {{ .Chart.Version }}",
        "helm.sh/resource-policy": "keep",
    }
    switches = {
        "enableHttpRoutes": crds.GATEWAY_ROUTES,
        "enableTlsRoutes": crds.GATEWAY_TLS,
        "enableTcpRoutes": crds.GATEWAY_TCP,
    }
    texts = {}
    for switch, kinds in switches.items():
        wanted = f'{{{{- if (ternary .Values.{switch} .Values.installGatewayAPI (hasKey .Values "{switch}")) }}}}'
        texts[switch] = f"{wanted}\n{_documents(kinds, _linkerd_labels(), annotations)}{{{{- end }}}}\n"
    return texts


def _traefik_crd(parent: Path) -> Path:
    chart = parent / "traefik-crd"
    about = {"apiVersion": "v2", "name": "traefik-crd", "version": K3S_TRAEFIK, "type": "application"}
    _write(chart / "Chart.yaml", yaml.safe_dump(about))
    _write(chart / "templates" / "traefik.yaml", _documents(crds.TRAEFIK, {}, {}))
    gateway = {**crds.GATEWAY_MARKS, BUNDLE: "v1.5.1", "gateway.networking.k8s.io/channel": "standard"}
    _write(chart / "templates" / "gateway.yaml", _documents(crds.GATEWAY_API, {}, gateway))
    return chart


def _renamed(chart: Path, parent: Path, name: str) -> Path:
    """The same chart under k3s' version."""
    copy = parent / name
    shutil.copytree(chart, copy)
    about = yaml.safe_load((copy / "Chart.yaml").read_text(encoding="utf-8"))
    _write(copy / "Chart.yaml", yaml.safe_dump({**about, "version": K3S_TRAEFIK}))
    return copy


def _documents(kinds: Iterable[crds.Kind], labels: dict[str, str], annotations: dict[str, str]) -> str:
    return "".join(f"---\n{yaml.safe_dump(crds.definition(kind, labels, annotations))}" for kind in kinds)


def _copy(source: Path, target: Path, pattern: str) -> None:
    target.mkdir(parents=True)
    for file in sorted(source.glob(pattern)):
        shutil.copy(file, target)


def _pack(chart: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    with tarfile.open(target / f"{chart.name}-{K3S_TRAEFIK}.tgz", "w:gz") as archive:
        for file in sorted(path for path in chart.rglob("*") if path.is_file()):
            data = file.read_bytes()
            entry = tarfile.TarInfo(f"{chart.name}/{file.relative_to(chart)}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _fingerprint(cache: Path) -> str:
    digest = hashlib.sha256()
    sources = [SOURCE, cache / "cert-manager" / "crds", cache / "trust-manager" / "crds"]
    for root in sources:
        for file in sorted(path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
            digest.update(str(file.relative_to(root)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
