"""Which programs are here: edgewise, and those of target files, with their versions; and how
commands of theirs are run, side by side and until somebody interrupts."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType
from typing import Any, Callable, Iterable, Iterator, TypeVar

Item = TypeVar("Item")
Found = TypeVar("Found")
BENCH = Path(__file__).resolve().parent
SERVERS = BENCH / "servers"
# For what a program says of itself.
ANSWER_S = 60
# Side by side: a target on the simulated network waits as often as it computes.
AT_ONCE = 2 * (os.cpu_count() or 1)
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
        if _stopped.is_set():  # what was to end has been ended before this one was among it
            child.terminate()
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


def _interrupted(number: int, _: FrameType | None) -> None:
    end_what_runs()
    sys.exit(128 + number)


def end_at_signals() -> None:
    """Of a whole command: what it started ends with it."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupted)


def side_by_side(
    do: Callable[[Item], Found], items: Iterable[Item], jobs: int = AT_ONCE
) -> Iterator[Found]:
    """In the order of the items.  Nothing that is measured so depends on time."""
    pool = ThreadPoolExecutor(jobs)
    try:
        yield from pool.map(do, items)
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        end_what_runs()
        raise
    pool.shutdown()


def known_targets(edgewise: str) -> dict[str, dict[str, Any]]:
    """What edgewise list tells of servers and peers, by name; the missing ones say why."""
    listed = said_within([edgewise, "list", "--json", "-"], ANSWER_S)
    return {one["name"]: one for one in json.loads(listed.stdout)["result"]["servers"]}


def tell_of_others(known: dict[str, dict[str, Any]], rows: list[list[str]]) -> None:
    """Which rows are as they were, and which come to nobody any more."""
    absent = [row[0] for row in rows if known.get(row[0], {}).get("missing")]
    gone = [row[0] for row in rows if row[0] not in known]
    for names, told in ((absent, "not here, their rows stay"), (gone, "no targets any more")):
        if names:
            print(f"{told}: {', '.join(names)}", file=sys.stderr)


def peers_here(edgewise: str) -> dict[str, Path]:
    """The target files beside it of those peers that are not missing, by name."""
    found = {}
    for path in sorted(Path(edgewise).resolve().parent.parent.glob("lib/edgewise/peers/*.json")):
        peer = json.loads(path.read_text())
        if "missing" not in peer:
            found[peer["name"]] = path
    return found


def asked_for_version(path: Path) -> subprocess.CompletedProcess[str]:
    target = json.loads(path.read_text())
    words = [word.replace("{folder}", str(path.parent)) for word in target["version"]]
    env = os.environ | target.get("env", {})
    return said_within(words, ANSWER_S, env)


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
