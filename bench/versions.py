"""What a target file's program says of its version, and whose program is here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

SERVERS = Path(__file__).resolve().parent / "servers"


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
