#!/usr/bin/env python3
"""Shows by hand, with plain sockets and nothing of edgewise, a fault that `edgewise check` found.

bench/servers/by_hand.py SERVER FAULT       what came; status 0 when the fault shows
bench/servers/by_hand.py --list             what there is

Each starts the server by `start` in a network namespace of its own.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from requests_by_hand import ADDRESS, ASK, PORT, dns, forge, memcached
from servers_by_hand import OWN_PORT, PATIENCE_S, answers, client, end, ready, start


def unanswerable(name: str) -> bool:
    """Two questions that wait behind some from where no route leads."""
    server = start(name)
    ready(name, server)
    came = []
    try:
        for forged in (False, True):
            with client() as asker:
                os.killpg(server.pid, signal.SIGSTOP)
                for _ in range(11 if forged else 0):
                    forge(ASK[name](1))
                for token in (2, 3):
                    asker.send(ASK[name](token))
                os.killpg(server.pid, signal.SIGCONT)
                came.append(len(answers(asker, 2)))
    finally:
        end(server)
    print(f"of two questions {came[0]} answered; behind some that no answer reaches, {came[1]}")
    return came == [2, 0]


def descriptors(name: str) -> bool:
    """With 14 descriptors a server that cannot serve is to end, with words."""
    server = start(name, descriptors=14)
    try:
        status: int | None = server.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        status = None
    with client() as asker:
        came = 0
        try:
            asker.send(ASK[name](2))
            came = len(answers(asker, 1))
        except ConnectionRefusedError:
            pass
    if status is None:
        end(server)
    print(f"after {PATIENCE_S:.0f} s: status {status}, answers {came}")
    return status is None and came == 0


def second(name: str) -> bool:
    """Two instances at one port."""
    first = start(name)
    ready(name, first, OWN_PORT.get(name, PORT))
    other = start(name)
    try:
        status: int | None = other.wait(2.0)
    except subprocess.TimeoutExpired:
        status = None
        end(other)
    end(first)
    print(f"the second instance after 2 s: status {status}")
    return status is None


def taken(name: str) -> bool:
    """With which status one ends that finds its port taken."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind((ADDRESS, PORT))
        server = start(name)
        status = server.wait(PATIENCE_S)
        said = server.stderr.read().strip() if server.stderr else ""
    print(f"it ends with status {status}; its standard error: {said!r}")
    return status == 0


def child(name: str) -> bool:
    """SIGCHLD, which a process gets also of children that the program before exec had."""
    server = start(name)
    ready(name, server, OWN_PORT.get(name, PORT))
    server.send_signal(signal.SIGCHLD)
    status = server.wait(PATIENCE_S)
    print(f"status after SIGCHLD: {status}")
    return status == -signal.SIGSEGV


def eleven(name: str) -> bool:
    """Ten ports are served; are eleven?"""
    for sockets in (10, 11):
        server = start(name, sockets=sockets)
        try:
            ready(name, server)
        except SystemExit as told:
            print(f"with {sockets} ports:", told)
            return sockets == 11
        finally:
            end(server)
    return False


def again(name: str) -> bool:
    """The first send of an answer is refused with EAGAIN, by strace; what comes when it is sent
    again?"""
    inject = "inject=sendmsg:error=EAGAIN:when=2"
    server = start(name, ("strace", "-f", "-qq", "-o", "/dev/null", "-e", inject))
    ready(name, server)
    with client() as asker:
        asker.send(memcached(0x0203))
        came = answers(asker, 1)
    end(server)
    print("request id, sequence and total are", struct.unpack(">3H", came[0][:6]) if came else came)
    return bool(came) and struct.unpack(">3H", came[0][:6]) != (0x0203, 0, 1)


def delivered() -> int:
    """UDP datagrams in this network so far (proc_net_snmp: InDatagrams)."""
    words = [line.split() for line in Path("/proc/net/snmp").read_text().splitlines()]
    heads, figures = [line for line in words if line[0] == "Udp:"]
    return int(figures[heads.index("InDatagrams")])


def pair(name: str) -> bool:
    """Two instances, and a request to the first in the name of the second; a tenth of a second."""
    both = [start(name), start(name, port=PORT + 1)]
    for place, server in enumerate(both):
        ready(name, server, PORT + place)
    before = delivered()
    forge(ASK[name](2), ADDRESS, PORT + 1)
    time.sleep(0.1)
    passes = delivered() - before - 1
    for server in both:
        end(server)
    print(f"{passes} datagrams followed one")
    return passes > 2


def naps(name: str) -> bool:
    """Every send after the first is refused with EAGAIN, by strace: how often is one tried?"""
    with tempfile.NamedTemporaryFile("r") as log:
        inject = "inject=sendmsg:error=EAGAIN:when=2+"
        server = start(name, ("strace", "-f", "-qq", "-o", log.name, "-e", inject))
        ready(name, server)
        with client() as asker:
            asker.send(ASK[name](2))
            came = len(answers(asker, 1))
        end(server)
        refused = log.read().count("EAGAIN (Resource temporarily unavailable) (INJECTED)")
    print(f"one answer was tried {refused} times, without a wait for room; {came} came")
    return refused > 100 and came == 0


def traced(pid: int) -> bool:
    return "TracerPid:\t0\n" not in Path(f"/proc/{pid}/status").read_text()


def held(name: str) -> bool:
    """Every send is refused with EAGAIN, by strace, while ten questions wait: does it
    end when that is asked for politely?"""
    server = start(name)
    ready(name, server)
    inject = "inject=sendto,sendmsg:error=EAGAIN"
    words = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", inject, "-p", str(server.pid)]
    with subprocess.Popen(words) as strace, client() as asker:
        while not traced(server.pid) and strace.poll() is None:
            time.sleep(0.01)
        os.kill(server.pid, signal.SIGSTOP)
        for token in range(10):
            asker.send(ASK[name](token))
        server.terminate()
        os.kill(server.pid, signal.SIGCONT)
        return outlives(server)


def outlives(server: subprocess.Popen[str]) -> bool:
    try:
        status: int | None = server.wait(3.0)
    except subprocess.TimeoutExpired:
        status = None
    end(server)
    print(f"3 s after SIGTERM: status {status}")
    return status is None


def stuck(name: str) -> bool:
    """A few answers a second leave, until its send buffer is full, and more questions wait: does it
    end when that is asked for politely?"""
    port = OWN_PORT.get(name, PORT)
    server = start(name)
    ready(name, server, port)
    for words in (
        "qdisc add dev lo root handle 1: htb default 0",
        "class add dev lo parent 1: classid 1:2 htb rate 8kbit burst 1600 cburst 1600",
        "qdisc add dev lo parent 1:2 handle 2: pfifo limit 10000",
        f"filter add dev lo parent 1: protocol ip u32 match ip sport {port} 0xffff flowid 1:2",
    ):
        subprocess.run(["tc", *words.split()], check=True)
    with client(port) as asker:
        for token in range(2000):
            asker.send(ASK[name](token))
        time.sleep(0.5)
        server.terminate()
        return outlives(server)


def sigterm(name: str) -> bool:
    """How long it goes on after a polite end is asked for."""
    server = start(name)
    ready(name, server)
    asked = time.monotonic()
    server.terminate()
    server.wait(PATIENCE_S)
    took = time.monotonic() - asked
    print(f"ended {took:.2f} s after SIGTERM")
    return took > 0.5


def twice(name: str) -> bool:
    """A datagram in which a request comes twice."""
    server = start(name)
    ready(name, server)
    with client() as asker:
        asker.send(ASK[name](2) + ASK[name](3))
        came = answers(asker, 9)
    end(server)
    print(f"{len(came)} answers to one datagram: {came}")
    return len(came) > 1


def resident(server: subprocess.Popen[str]) -> int:
    """Bytes of all its threads' process; unshare and setpriv have become it."""
    words = Path(f"/proc/{server.pid}/statm").read_text().split()
    return int(words[1]) * resource.getpagesize()


def growth(name: str) -> bool:
    """Memory after each of four times 1,000 clients, which ask once."""
    server = start(name)
    ready(name, server)
    found = []
    for part in range(4):
        for token in range(1000):
            with client(source=f"127.1.{part * 4 + token // 250}.{1 + token % 250}") as asker:
                asker.send(ASK[name](token))
                asker.recv(2048)
        found.append(resident(server))
    end(server)
    print("resident bytes after each 1,000 clients:", found)
    return all(later > before for before, later in zip(found, found[1:]))


def leftovers(name: str) -> bool:
    """Memory after each of four times 120 questions from ports where nobody is."""
    server = start(name)
    ready(name, server)
    found = []
    for part in range(4):
        for token in range(part * 120, part * 120 + 120):
            forge(ASK[name](token), ADDRESS, 40000 + token)
        with client() as asker:
            asker.send(ASK[name](1000 + part))
            answers(asker, 1)
        found.append(resident(server))
    end(server)
    print("resident bytes after each 120 questions:", found)
    return all(later - before > 120 * 1000 for before, later in zip(found, found[1:]))


def names(name: str) -> bool:
    """Memory after each of four times 10,000 names that were never asked for before."""
    server = start(name)
    ready(name, server)
    found = []
    with client() as asker:
        for part in range(4):
            for number in range(10000):
                label = f"{part * 10000 + number:08x}".encode()
                question = dns(number)
                asker.send(question[:12] + bytes([len(label)]) + label + question[14:])
                asker.recv(2048)
            found.append(resident(server))
    end(server)
    print("resident bytes after each 10,000 names:", found)
    return all(later - before > 1_000_000 for before, later in zip(found, found[1:]))


def starve(name: str) -> bool:
    """While one port is flooded, a question at the other one."""
    server = start(name, sockets=2)
    ready(name, server)
    over = multiprocessing.Event()

    def flood() -> None:
        with client() as asker:
            deadline = time.monotonic() + PATIENCE_S
            while not over.is_set() and time.monotonic() < deadline:
                for token in range(64):
                    asker.send(ASK[name](token))

    flooding = [multiprocessing.Process(target=flood) for _ in range(2)]
    for one in flooding:
        one.start()
    time.sleep(0.5)
    with client(PORT + 1) as asker:
        waits = []
        for token in range(5):
            asked = time.monotonic()
            asker.send(ASK[name](token))
            answers(asker, 1)
            waits.append(time.monotonic() - asked)
        over.set()
        for one in flooding:
            one.join()
        time.sleep(1.0)
        asked = time.monotonic()
        asker.send(ASK[name](9))
        answers(asker, 1)
        alone = time.monotonic() - asked
    end(server)
    print("beside a flood answered after", *(f"{wait:.2f}" for wait in waits), end=" s, ")
    print(f"afterwards after {alone:.3f} s")
    return max(waits) > 50 * alone


FAULTS: dict[tuple[str, str], Callable[[str], bool]] = {
    ("nsd", "unanswerable"): unanswerable,
    ("nsd", "descriptors"): descriptors,
    ("memcached", "second"): second,
    ("coturn", "second"): second,
    ("chrony", "second"): second,
    ("ntpsec", "second"): second,
    ("openssl", "taken"): taken,
    ("opentracker", "eleven"): eleven,
    ("ntpsec", "child"): child,
    ("coturn", "growth"): growth,
    ("bind", "unanswerable"): unanswerable,
    ("recursor", "starve"): starve,
    ("recursor", "names"): names,
    ("libcoap", "growth"): growth,
    ("libcoap", "second"): second,
    ("dnsmasq", "naps"): naps,
    ("unbound", "held"): held,
    ("ggsn", "stuck"): stuck,
    ("kamailio", "second"): second,
    ("freeradius", "leftovers"): leftovers,
    ("memcached", "again"): again,
    ("memcached", "pair"): pair,
    ("memcached", "sigterm"): sigterm,
    ("memcached", "twice"): twice,
}


def main() -> int:
    if sys.argv[1:] == ["--list"]:
        print(*(" ".join(fault) for fault in FAULTS), sep="\n")
        return 0
    fault = (sys.argv + ["", ""])[1], (sys.argv + ["", ""])[2]
    if fault not in FAULTS:
        print(__doc__, file=sys.stderr)
        return 2
    if len(sys.argv) == 3:
        words = "ip link set lo up; exec " + '"$0" "$@"'
        inside = [sys.executable, str(Path(__file__)), *fault, "inside"]
        os.execvp("unshare", ["unshare", "--net", "sh", "-c", words, *inside])
    return 0 if FAULTS[fault](fault[0]) else 1


if __name__ == "__main__":
    sys.exit(main())
