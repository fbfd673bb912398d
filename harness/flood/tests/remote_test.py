"""The rule for targets outside the machine, with a second network namespace as the outside:
remote_test.py EDGEWISE

edgewise is not a weapon: without --remote nothing is sent; with it a nonce must come back before
anything else is sent; who falls silent is left alone.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from result_json import parsed

SKIPPED = 77
DEADLINE_S = 20.0 * float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))
OURS, THEIRS, PORT = "10.77.0.1", "10.77.0.2", "2000"
PROBES = 3


def skip(reason: str) -> None:
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def ip(*words: str, inside: list[str] | None = None) -> None:
    subprocess.run([*(inside or []), "ip", *words], check=True, capture_output=True)


def datagrams_out() -> int:
    """UDP datagrams that this namespace has sent."""
    names, values = (
        line.split()
        for line in Path("/proc/self/net/snmp").read_text().splitlines()
        if line.startswith("Udp:")
    )
    return int(values[names.index("OutDatagrams")])


def flood(edgewise: str, *words: str) -> tuple[int, str, Any]:
    done = subprocess.run(
        [edgewise, "flood", f"{THEIRS}:{PORT}", "--json", "-", *words],
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
    )
    return done.returncode, done.stderr, parsed(done.stdout)


def try_the_rule(edgewise: str, inside: list[str]) -> None:
    before = datagrams_out()
    status, message, _ = flood(edgewise, "--count", "100")
    assert (status, datagrams_out()) == (2, before) and "--remote" in message, message

    status, message, _ = flood(edgewise, "--count", "100", "--remote")
    assert status == 4 and "did not echo a nonce" in message, message
    assert datagrams_out() - before <= PROBES, datagrams_out() - before

    words = [
        *inside,
        edgewise,
        "serve",
        "echo-poll",
        "--address",
        THEIRS,
        "--port",
        PORT,
        "--quiet",
    ]
    with subprocess.Popen(words) as server:
        status, deadline = 4, time.monotonic() + DEADLINE_S
        while status == 4 and time.monotonic() < deadline:  # until it listens
            status, message, found = flood(edgewise, "--count", "1000", "--remote")
        assert status == 0 and found["result"]["counts"]["echoed"] == 1000, message
        assert found["result"]["books"]["dropped_on_the_way"] is None
        silence(edgewise, server)
        server.kill()


def silence(edgewise: str, server: subprocess.Popen[bytes]) -> None:
    """Stops the server under an endless flood, which must end by itself."""
    words = [
        edgewise,
        "flood",
        f"{THEIRS}:{PORT}",
        "--remote",
        "--rate",
        "1000",
        "--duration",
        "3600",
        "--json",
        "-",
    ]
    before = datagrams_out()
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as flooding:
        deadline = time.monotonic() + DEADLINE_S
        while datagrams_out() - before < 100:
            assert time.monotonic() < deadline and flooding.poll() is None
        server.send_signal(signal.SIGSTOP)
        output, _ = flooding.communicate(timeout=DEADLINE_S)
    found = parsed(output)
    assert found["result"]["end"] == "target silent" and flooding.returncode == 3, found


def outside(edgewise: str) -> None:
    """In a namespace of our own: makes the other one, joined by a pair of interfaces."""
    with subprocess.Popen(
        ["unshare", "-n", "sh", "-c", "ip link set lo up && echo up && exec cat"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout
        if other.stdout.readline() != "up\n":
            skip("no second network namespace here")
        inside = ["nsenter", "-t", str(other.pid), "-n"]
        try:
            ip("link", "set", "lo", "up")
            ip("link", "add", "near", "type", "veth", "peer", "name", "far")
        except subprocess.CalledProcessError as error:
            other.kill()
            skip(f"no pair of interfaces here: {error.stderr.decode().strip()}")
        ip("link", "set", "far", "netns", str(other.pid))
        ip("addr", "add", f"{OURS}/24", "dev", "near")
        ip("link", "set", "near", "up")
        ip("addr", "add", f"{THEIRS}/24", "dev", "far", inside=inside)
        ip("link", "set", "far", "up", inside=inside)
        try:
            try_the_rule(edgewise, inside)
        finally:
            other.kill()


def main() -> None:
    if len(sys.argv) > 2:
        return outside(sys.argv[1])
    for tool in ("unshare", "nsenter", "ip"):
        if not shutil.which(tool):
            skip(f"{tool} is missing")
    words = ["unshare", "-rn"]
    if subprocess.run([*words, "true"], capture_output=True).returncode != 0:
        skip("no network namespace here")
    os.execvp("unshare", [*words, sys.executable, __file__, sys.argv[1], "outside"])


if __name__ == "__main__":
    main()
