"""One peer, as its target file runs it: peers_test.py TARGET-FILE

Datagrams of several sizes come back byte for byte on all its ports, over IPv4 and IPv6;
SIGTERM ends it; --version tells.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from typing import Any

SKIPPED = 77
DEADLINE_S = 60.0 * float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))
SOCKETS = 3
SIZES = (0, 1, 1472, 9000)  # macOS sends no more than 9216 at once


def filled(words: list[str], folder: str, address: str = "", port: int = 0) -> list[str]:
    values = {
        "{folder}": folder,
        "{address}": address,
        "{port}": str(port),
        "{sockets}": str(SOCKETS),
    }
    for name, value in values.items():
        words = [word.replace(name, value) for word in words]
    return words


def client(address: str) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((address, 0))
    return made


def free_ports(address: str) -> int:
    """The first of consecutive ports that are free now; somebody may be quicker, so the caller
    tries again."""
    for _ in range(1000):
        held = [client(address)]
        port: int = held[0].getsockname()[1]
        try:
            for i in range(1, SOCKETS):
                held.append(socket.socket(held[0].family, socket.SOCK_DGRAM))
                held[i].bind((address, port + i))
            return port
        except (OSError, OverflowError):
            continue
        finally:
            for one in held:
                one.close()
    sys.exit("no consecutive free ports")


def echo(asker: socket.socket, to: tuple[str, int], sent: bytes) -> None:
    asker.settimeout(DEADLINE_S)
    asker.sendto(sent, to)
    received, come_from = asker.recvfrom(65536)
    assert received == sent, f"{len(received)} bytes for {len(sent)}, or other ones"
    assert come_from[:2] == to, f"asked {to}, answered from {come_from}"


def wait_until_ready(
    peer: subprocess.Popen[bytes], asker: socket.socket, to: tuple[str, int]
) -> bool:
    """False when it ended, as it does when somebody else has taken a port."""
    deadline = time.monotonic() + DEADLINE_S
    asker.settimeout(0.05)
    while peer.poll() is None:
        assert time.monotonic() < deadline, "not ready in time"
        asker.sendto(b"ready?", to)
        try:
            asker.recvfrom(65536)
        except (TimeoutError, ConnectionRefusedError):
            continue
        return True
    return False


def started(
    target: dict[str, Any], folder: str, address: str
) -> tuple[subprocess.Popen[bytes], int]:
    for _ in range(5):
        port = free_ports(address)
        peer = subprocess.Popen(
            filled(target["command"], folder, address, port), env=os.environ | target.get("env", {})
        )
        with client(address) as asker:
            # The last port is bound last.
            try:
                if wait_until_ready(peer, asker, (address, port + SOCKETS - 1)):
                    return peer, port
            except BaseException:
                peer.kill()
                raise
    sys.exit("could not be started")


def sizes(target: dict[str, Any]) -> list[int]:
    """Without those that are known not to come back."""
    known = target.get("expect", {})
    left_out = [
        size for size, case in ((0, "integrity-empty"), (9000, "integrity-9216")) if case in known
    ]
    return [size for size in SIZES if size not in left_out]


def serves(target: dict[str, Any], folder: str, address: str) -> None:
    peer, port = started(target, folder, address)
    try:
        with client(address) as asker:
            for i in range(SOCKETS):
                for size in sizes(target):
                    echo(asker, (address, port + i), os.urandom(size))
        peer.send_signal(signal.SIGTERM)
        status = peer.wait(DEADLINE_S)
        assert status in (0, -signal.SIGTERM), f"ended with {status} after SIGTERM"
    finally:
        peer.kill()
        peer.wait()


def refuses_what_it_cannot_serve(target: dict[str, Any], folder: str) -> None:
    with client("127.0.0.1") as taken:
        words = filled(target["command"], folder, "127.0.0.1", taken.getsockname()[1])
        done = subprocess.run(words, capture_output=True, text=True, timeout=DEADLINE_S)
    assert (
        done.returncode not in (0, 77) and done.stderr
    ), f"a port in use: status {done.returncode}, said '{done.stderr}'"


def tells_its_version(target: dict[str, Any], folder: str) -> None:
    done = subprocess.run(
        filled(target["version"], folder),
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=True,
    )
    print(done.stdout, end="")
    assert re.fullmatch(r"\S+ v?\d+(\.\d+)*\S*( .*)?\n", done.stdout), done.stdout


def has_ipv6() -> bool:
    try:
        client("::1").close()
    except OSError:
        return False
    return True


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        target = json.load(file)
    folder = os.path.dirname(os.path.realpath(sys.argv[1]))
    if "missing" in target:
        print(f"skipped: {target['missing']}")
        sys.exit(SKIPPED)
    tells_its_version(target, folder)
    serves(target, folder, "127.0.0.1")
    refuses_what_it_cannot_serve(target, folder)
    if has_ipv6():
        serves(target, folder, "::1")
    else:
        print("IPv6 is not there and was not tried")


if __name__ == "__main__":
    main()
