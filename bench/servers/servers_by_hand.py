"""Servers of this folder started, asked and ended by plain sockets, with nothing of edgewise."""

from __future__ import annotations

import atexit
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from requests_by_hand import ADDRESS, ASK, PORT

HERE = Path(__file__).resolve().parent
# Of those that know one port, whatever they are told.
OWN_PORT = {"ntpsec": 123, "ggsn": 2152}
PATIENCE_S = 10.0


def client(port: int = PORT, source: str = ADDRESS) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((source, 0))
    made.connect((ADDRESS, port))
    made.settimeout(1.0)
    return made


def answers(asker: socket.socket, most: int) -> list[bytes]:
    """What comes until nothing does."""
    came: list[bytes] = []
    while len(came) < most:
        try:
            came.append(asker.recv(2048))
        except TimeoutError:
            break
    return came


def start(
    name: str,
    before: Iterable[str] = (),
    descriptors: int = 0,
    sockets: int = 1,
    port: int = PORT,
) -> subprocess.Popen[str]:
    def limit() -> None:
        if descriptors:
            resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))

    words = [*before, str(HERE / "start"), name, ADDRESS, str(port), str(sockets)]
    started = subprocess.Popen(
        words, preexec_fn=limit, start_new_session=True, stderr=subprocess.PIPE, text=True
    )
    atexit.register(end, started)  # also when it shows something else than was expected
    return started


def ready(name: str, server: subprocess.Popen[str], port: int = PORT) -> None:
    with client(port) as asker:
        asker.settimeout(0.1)
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and server.poll() is None:
            try:
                asker.send(ASK[name](1))
                asker.recv(2048)
                return
            except (TimeoutError, ConnectionRefusedError):
                continue
    sys.exit(f"{name} did not start")


def end(server: subprocess.Popen[str]) -> None:
    if server.poll() is None:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
