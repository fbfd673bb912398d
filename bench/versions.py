"""Which programs are here: edgewise, and those of target files, with their versions."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

BENCH = Path(__file__).resolve().parent
SERVERS = BENCH / "servers"
# From SIGTERM to SIGKILL.
GRACE_S = 10


def find_edgewise() -> str:
    found = shutil.which("edgewise") or str(BENCH.parent / "build/release/bin/edgewise")
    if not Path(found).exists():
        sys.exit(
            f"bench/{Path(sys.argv[0]).name}: no edgewise on the PATH nor in build/release/bin:"
            " build it, or say where with --edgewise"
        )
    return found


# How commands end that are interrupted: by the signal, or after it.
INTERRUPTED = {130, 143, -signal.SIGINT, -signal.SIGTERM}
_running: set[subprocess.Popen[str]] = set()
_stopped = threading.Event()


class Interrupted(Exception):
    """What a command said by then is not what it had to say."""


def said_within(
    words: list[str], limit_s: float, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """What a command says.  Who takes longer is ended, and whom it started with it: edgewise and
    npm see to that at SIGTERM."""
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
    ) as child:
        _running.add(child)
        try:
            out, err = child.communicate(timeout=limit_s)
        except BaseException:
            child.terminate()
            try:
                child.wait(GRACE_S)
            except subprocess.TimeoutExpired:
                child.kill()
            raise
        finally:
            _running.discard(child)
    if child.returncode in INTERRUPTED or _stopped.is_set():
        raise Interrupted
    return subprocess.CompletedProcess(words, child.returncode, out, err)


def end_what_runs() -> None:
    """What threads wait for with the function above, and will."""
    _stopped.set()
    for child in list(_running):
        child.terminate()


def asked_for_version(path: Path) -> subprocess.CompletedProcess[str]:
    target = json.loads(path.read_text())
    words = [word.replace("{folder}", str(path.parent)) for word in target["version"]]
    env = os.environ | target.get("env", {})
    return said_within(words, 60, env)


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


def peers_here(edgewise: str) -> dict[str, Path]:
    """The target files of bench/peers whose program is here, beside that edgewise, by name."""
    folder = Path(edgewise).resolve().parent.parent / "lib" / "edgewise" / "peers"
    paths = {path.stem: path for path in sorted(folder.glob("*.json"))}
    return {
        name: path for name, path in paths.items() if "missing" not in json.loads(path.read_text())
    }
