"""Which programs are here: edgewise, and those of target files, with their versions."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parent
SERVERS = BENCH / "servers"


def find_edgewise() -> str:
    found = shutil.which("edgewise") or str(BENCH.parent / "build/release/bin/edgewise")
    if not Path(found).exists():
        sys.exit(
            f"bench/{Path(sys.argv[0]).name}: no edgewise on the PATH nor in build/release/bin:"
            " build it, or say where with --edgewise"
        )
    return found


def asked_for_version(path: Path) -> subprocess.CompletedProcess[str]:
    target = json.loads(path.read_text())
    words = [word.replace("{folder}", str(path.parent)) for word in target["version"]]
    env = os.environ | target.get("env", {})
    return subprocess.run(words, capture_output=True, text=True, timeout=60, env=env)


def servers_here(names: list[str]) -> list[tuple[str, str]]:
    """Those of bench/servers, or of them those named, whose program is here, and their versions."""
    paths = {path.stem: path for path in sorted(SERVERS.glob("*.json"))}
    if unknown := set(names) - set(paths):
        sys.exit(
            f"bench/{Path(sys.argv[0]).name}: bench/servers has no {', '.join(sorted(unknown))};"
            f" there are {', '.join(paths)}"
        )
    found = []
    for path in [paths[name] for name in names] or paths.values():
        said = asked_for_version(path)
        if said.returncode == 0:
            found.append((str(path), said.stdout.strip()))
        else:
            print(said.stderr.strip())
    return found
