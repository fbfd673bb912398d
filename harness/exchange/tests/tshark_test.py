"""Requests are what Wireshark takes them for: tshark_test.py EDGEWISE

Those that scapy has no layer for are dissected by tshark, and the others once more.  It has none
for BitTorrent's trackers (Wireshark 4.0), which requests_test.py takes apart by hand.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from requests_test import DEADLINE_S, request_of
from scapy.layers.inet import IP, UDP
from scapy.packet import Raw
from scapy.utils import wrpcap

SKIPPED = 77
PORT = 4433


class Row(NamedTuple):
    speaks: str
    protocol: str  # as tshark calls it
    fields: dict[str, str]


ROWS = (
    Row("dns", "dns", {"dns.flags.response": "0", "dns.qry.type": "1", "dns.count.queries": "1"}),
    Row("ntp", "ntp", {"ntp.flags.vn": "4", "ntp.flags.mode": "3"}),
    Row("stun", "stun", {"stun.type": "0x0001", "stun.cookie": "2112a442"}),
    Row("coap", "coap", {"coap.type": "0", "coap.code": "1", "coap.token_len": "8"}),
    Row("snmp", "snmp", {"snmp.version": "1", "snmp.data": "0"}),
    Row("sip", "sip", {"sip.Method": "OPTIONS", "sip.CSeq.method": "OPTIONS"}),
    Row("radius", "radius", {"radius.code": "12"}),
    Row("quic", "quic", {"quic.version": "0x1a2a3a4a", "quic.dcil": "20", "quic.scil": "20"}),
    Row("dtls", "dtls", {"dtls.handshake.type": "1", "dtls.handshake.cookie_length": "0"}),
    Row("gtpu", "gtp", {"gtp.message": "0x01", "gtp.teid": "0x00000000"}),
    Row("pfcp", "pfcp", {"pfcp.msg_type": "1"}),
    Row("memcached", "memcache", {}),
    Row("oneway", "syslog", {"syslog.facility": "1", "syslog.level": "6"}),
)


def as_version_1(request: bytes) -> bytes:
    """What follows QUIC's connection ids means nothing in a version that nobody has (RFC 8999,
    section 5.1).  tshark takes it for version 1's (RFC 9000, section 17.2.2): no token, and the
    length of the rest."""
    at = 7 + request[5]
    at += request[at - 1]
    return (
        request[:at]
        + b"\0"
        + (0x4000 | len(request) - at - 3).to_bytes(2, "big")
        + request[at + 3 :]
    )


def dissect(request: bytes, row: Row, folder: str) -> list[str]:
    """Which protocols are in it, what is wrong with it, and the fields of the row."""
    path = Path(folder) / "one.pcap"
    packet = IP(src="127.0.0.1", dst="127.0.0.1") / UDP(sport=40000, dport=PORT) / Raw(request)
    wrpcap(str(path), [packet])
    names: list[str] = ["frame.protocols", "_ws.malformed", *row.fields]
    words: list[str] = [word for name in names for word in ("-e", name)]
    done = subprocess.run(
        ["tshark", "-n", "-r", str(path), "-d", f"udp.port=={PORT},{row.protocol}", "-T", "fields"]
        + words,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
    )
    assert done.returncode == 0, done.stderr
    found: list[str] = done.stdout.rstrip("\n").split("\t")
    return found


def main() -> None:
    if not shutil.which("tshark"):
        print("skipped: tshark is missing; ci/setup --with extended brings it")
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory() as folder:
        for row in ROWS:
            print(row.speaks, flush=True)
            request = request_of(sys.argv[1], row.speaks)
            if row.protocol == "quic":
                request = as_version_1(request)
            protocols, malformed, *found = dissect(request, row, folder)
            assert protocols.split(":")[-1] == row.protocol, protocols
            assert not malformed, malformed
            expected = list(row.fields.values())
            assert [one.split(",")[0] for one in found] == expected, (found, expected)


if __name__ == "__main__":
    main()
