# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox's programs, built once from their Go modules into a per-user cache."""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox import golang
from sandbox.errors import SandboxError

SOURCES = Path(__file__).resolve().parent / "components"
KUBERNETES_VERSION = "v1.36.3+k3s1"

PROGRAMS = {
    "kube": "./cmd/kube",
    "kwok": "sigs.k8s.io/kwok/cmd/kwok",
    "certmanager": "./cmd/certmanager",
    "trust-manager": "github.com/cert-manager/trust-manager/cmd/trust-manager",
    "helm": "helm.sh/helm/v3/cmd/helm",
}
"""Name of the binary -> Go package, the longest build first."""

FILES = {
    "kwok": (
        "sigs.k8s.io/kwok",
        (
            "kustomize/stage/node/fast/node-initialize.yaml",
            "kustomize/stage/node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
            "kustomize/stage/pod/fast/pod-*.yaml",
        ),
    ),
    "cert-manager/crds": ("github.com/cert-manager/cert-manager", ("deploy/crds/*.yaml",)),
    "trust-manager/crds": ("github.com/cert-manager/trust-manager", ("deploy/crds/*.yaml",)),
    "gateway-api/crds": ("sigs.k8s.io/gateway-api", ("config/crd/standard/gateway.networking.k8s.io_[!v]*.yaml",)),
}
"""Directory in the cache -> Go module and the files of it that the sandbox needs."""

Report = Callable[[str], None]


def cache_root() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "pimesh-linkerd"


def components(report: Report) -> Path:
    """The directory of the built components; built now if it is not there yet."""
    target = cache_root() / f"components-{_digest()}"
    if target.is_dir():
        return target
    with _only_builder(report):
        if not target.is_dir():
            _build(target, report)
    return target


def _digest() -> str:
    """Everything that decides what comes out: the machine's kind, what is built how, the sources."""
    recipe = repr((platform.system(), platform.machine(), PROGRAMS, FILES, _ldflags()))
    digest = hashlib.sha256(recipe.encode())
    for source in [SOURCES / "go.mod", SOURCES / "go.sum", *sorted(SOURCES.rglob("*.go"))]:
        content = source.read_bytes()
        digest.update(f"{source.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:16]


@contextmanager
def _only_builder(report: Report) -> Iterator[None]:
    root = cache_root()
    root.mkdir(parents=True, exist_ok=True)
    with (root / "components.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report("another process builds the components; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(target: Path, report: Report) -> None:
    go = golang.find(SOURCES / "go.mod")
    started = time.monotonic()
    report(f"building the components with {go} (once; about five minutes on two cores)")
    work = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=target.parent))
    try:
        (work / "bin").mkdir()
        log = work / "build.log"
        _run(go, ["mod", "download"], "downloading Go modules", log, report)
        for number, (name, package) in enumerate(PROGRAMS.items(), start=1):
            what = f"building {name} ({number} of {len(PROGRAMS)})"
            flags = ["build", "-trimpath", "-ldflags", _ldflags(), "-o", str(work / "bin" / name), package]
            _run(go, flags, what, log, report)
        for directory, (module, patterns) in FILES.items():
            _copy_files(go, module, patterns, work / directory)
        work.chmod(0o755)
        work.rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    report(f"components built in {time.monotonic() - started:.0f} s: {target}")


def _ldflags() -> str:
    """Versions that upstream's own builds set. Helm renders charts for the Kubernetes it was built for."""
    major, minor = KUBERNETES_VERSION.removeprefix("v").split(".")[:2]
    kubernetes, helm = "k8s.io/component-base/version", "helm.sh/helm/v3/pkg/chartutil"
    values = {
        f"{kubernetes}.gitVersion": KUBERNETES_VERSION,
        f"{kubernetes}.gitMajor": major,
        f"{kubernetes}.gitMinor": minor,
        f"{kubernetes}.gitTreeState": "clean",
        f"{helm}.k8sVersionMajor": major,
        f"{helm}.k8sVersionMinor": minor,
    }
    return "-s -w " + " ".join(f"-X {name}={value}" for name, value in values.items())


def _run(go: Path, arguments: list[str], what: str, log: Path, report: Report) -> None:
    """Run Go and say every ten seconds that it still works."""
    started = time.monotonic()
    report(what)
    with log.open("ab") as output:
        process = subprocess.Popen(
            [str(go), *arguments], cwd=SOURCES, env=golang.environment(), stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        try:
            while process.poll() is None:
                try:
                    process.wait(timeout=10)
                except subprocess.TimeoutExpired:
                    report(f"{what}: {time.monotonic() - started:.0f} s")
        finally:
            process.kill()
            process.wait()
    if process.returncode != 0:
        tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
        raise SandboxError(
            f"{what} failed (go {' '.join(arguments[:2])}):\n{tail}\n"
            "remedy: check that the Go module proxy is reachable and the disk has 3 GB free, then repeat"
        )


def _copy_files(go: Path, module: str, patterns: tuple[str, ...], directory: Path) -> None:
    answer = subprocess.run(
        [str(go), "list", "-m", "-f", "{{.Dir}}", module],
        cwd=SOURCES,
        capture_output=True,
        env=golang.environment(),
        text=True,
        timeout=60,
        check=True,
    )
    source = Path(answer.stdout.strip())
    directory.mkdir(parents=True)
    for pattern in patterns:
        found = sorted(source.glob(pattern))
        if not found:
            raise SandboxError(f"{module}: no {pattern} in {source}; the pinned version and sandbox/build.py disagree")
        for file in found:
            shutil.copyfile(file, directory / file.name)
