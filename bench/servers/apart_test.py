"""Servers reach nobody and set no clock: apart_test.py EDGEWISE [NAME...]

Each target file asks for a network of its own, and in that no route leads anywhere but to itself;
`start` refuses to start in another.  Of what then runs no process may set the clock.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import processes
from servers_by_hand import end
from turns_test import HERE, SKIPPED, Server

CAP_SYS_TIME = 1 << 25
DEADLINE_S = 60.0
OUTSIDE = "192.0.2.1"  # RFC 5737
INSIDE = "EDGEWISE_APART_INSIDE"


def says_that_it_is_private(path: Path) -> None:
    says = json.loads(path.read_text())
    assert says["private"] is True and says["command"][0] == "{folder}/start", path


def has_no_route(edgewise: str) -> None:
    """A target that tells by its standard error what it finds, and ends."""
    line = f"ip route get {OUTSIDE} >&2; ip -o link | cut -d: -f2 >&2; exit 3"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "looks.json"
        path.write_text(json.dumps({"command": ["sh", "-c", line], "private": True}))
        done = subprocess.run(
            [edgewise, "flood", str(path), "--count", "1"],
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
        )
    said = done.stderr.partition("its standard error: ")[2]
    assert "Network is unreachable" in said, done.stderr
    assert said.split("|")[-1].split() == ["lo"], done.stderr


def is_refused_elsewhere() -> None:
    others = {line.split(":")[0].strip() for line in Path("/proc/net/dev").read_text().split("\n")}
    if not {one for one in others if one and "|" not in one} - {"lo"}:
        print("not tried: this machine has no interface but lo")
        return
    words = [str(HERE / "start"), "knot", "127.0.0.1", "5300", "1"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=DEADLINE_S)
    assert done.returncode == 4, done
    assert "only in a network namespace whose one interface is lo" in done.stderr, done.stderr


def capabilities(session: int) -> dict[str, int]:
    """What each process of it may do."""
    found = {}
    own = processes.of_session(session)
    for pid, status in processes.told("status"):
        if pid in own:
            words = dict(line.split(":", 1) for line in status.splitlines())
            found[words["Name"].strip()] = int(words["CapEff"], 16)
    return found


def sets_no_clock(name: str) -> None:
    server = Server(name)
    try:
        assert server.is_ready(), f"{name} did not start"
        found = capabilities(server.process.pid)
        assert found, f"{name}: no process of it is found"
        able = [one for one, may in found.items() if may & CAP_SYS_TIME]
        assert not able, f"{name}: {able} may set the clock"
        print(f"{name}: {', '.join(found)}", flush=True)
    finally:
        end(server.process)


def is_here(name: str) -> bool:
    done = subprocess.run([HERE / "start", name, "--version"], capture_output=True)
    return done.returncode == 0


def main() -> None:
    edgewise, *names = sys.argv[1:]
    files = sorted(HERE.glob("*.json"))
    wanted = names or [path.stem for path in files if not path.stem.endswith("-forward")]
    here = [name for name in wanted if is_here(name)]
    if INSIDE in os.environ:
        for name in here:
            sets_no_clock(name)
        return
    for path in files:
        says_that_it_is_private(path)
    has_no_route(edgewise)
    is_refused_elsewhere()
    if not here:
        print("skipped: no server of bench/servers is here")
        sys.exit(SKIPPED)
    words = 'ip link set lo up; exec "$0" "$@"'
    inside = ["unshare", "--net", "sh", "-c", words, sys.executable, __file__, edgewise, *here]
    subprocess.run(inside, env=os.environ | {INSIDE: "1"}, check=True)


if __name__ == "__main__":
    main()
