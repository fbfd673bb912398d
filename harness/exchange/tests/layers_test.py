"""Answers that scapy's layers build, for a protocol of which no server is at hand:

layers_test.py EDGEWISE            a flood of PFCP heartbeats, all answered, some refused
layers_test.py serve               the server of the test, which prints its port
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys

from scapy.contrib.pfcp import (
    PFCP,
    IE_RecoveryTimeStamp,
    PFCPHeartbeatRequest,
    PFCPHeartbeatResponse,
    PFCPVersionNotSupportedResponse,
)

COUNT, EVERY = 400, 97
DEADLINE_S = 60.0


def answer(request: bytes, refuses: bool) -> bytes:
    """3GPP TS 29.244, sections 7.4.2.2 and 7.4.4.7."""
    asked = PFCP(request)
    assert asked.haslayer(PFCPHeartbeatRequest), asked.summary()
    if refuses:
        return bytes(PFCP(S=0, seq=asked.seq) / PFCPVersionNotSupportedResponse())
    started = IE_RecoveryTimeStamp(timestamp=3_900_000_000)
    return bytes(PFCP(S=0, seq=asked.seq) / PFCPHeartbeatResponse(IE_list=[started]))


def serve() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        print(one.getsockname()[1], flush=True)
        count = 0
        while True:
            request, peer = one.recvfrom(65535)
            count += 1
            one.sendto(answer(request, count % EVERY == 0), peer)


def flood(edgewise: str, port: str) -> dict[str, int]:
    words = ["--speaks", "pfcp", "--count", str(COUNT), "--window", "8", "--json", "-"]
    done = subprocess.run(
        [edgewise, "flood", f"127.0.0.1:{port}", *words],
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
    )
    print(done.stdout, done.stderr)
    counts: dict[str, int] = json.loads(done.stdout)["result"]["counts"]
    return counts


def main() -> None:
    if sys.argv[1] == "serve":
        serve()
    with subprocess.Popen(
        [sys.executable, __file__, "serve"], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout
        try:
            counts = flood(sys.argv[1], server.stdout.readline().strip())
        finally:
            server.kill()
    refused = COUNT // EVERY
    assert counts["refused"] == refused, counts
    assert counts["echoed"] == COUNT - refused, counts
    assert counts["foreign"] == counts["corrupt"] == 0, counts


if __name__ == "__main__":
    main()
