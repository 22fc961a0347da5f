# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""stage.py NAME COMMAND...: run one stage of the checks and print how long it took; `stage.py --report` prints all of them."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

RECORD = Path(__file__).resolve().parent.parent / ".build/stages.txt"


def run(name: str, command: list[str]) -> int:
    """Run the command with our own input and output, keep its time, hand on its exit status."""
    print(f"== {name}", flush=True)
    started = time.monotonic()
    status = subprocess.run(command, check=False).returncode
    line = f"{time.monotonic() - started:7.1f} s  {name}{'' if status == 0 else f'  FAILED (exit {status})'}"
    print(f"== {line.strip()}", flush=True)
    RECORD.parent.mkdir(exist_ok=True)
    with RECORD.open("a", encoding="utf-8") as record:
        record.write(line + "\n")
    return status


def main() -> int:
    """Either one stage, or the table of those that ran."""
    if sys.argv[1:] == ["--report"]:
        print("== stages\n" + RECORD.read_text(encoding="utf-8"), end="", flush=True)
        return 0
    if sys.argv[1:] == ["--reset"]:
        RECORD.unlink(missing_ok=True)
        return 0
    return run(sys.argv[1], sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
