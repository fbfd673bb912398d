"""Requests are what others take them for: requests_test.py EDGEWISE

Each protocol's is sent to a socket of ours and dissected by scapy where it has the layer, else by
hand from the specification.  Which of the two it is stands in the table.
"""

from __future__ import annotations

import hashlib
import hmac
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from scapy.contrib import coap as coap_layer
from scapy.contrib.gtp import GTPHeader
from scapy.contrib.pfcp import PFCP, IE_RecoveryTimeStamp, PFCPHeartbeatRequest
from scapy.contrib.stun import STUN
from scapy.layers.dns import DNS
from scapy.layers.ntp import NTPHeader
from scapy.layers.radius import Radius, RadiusAttr_Message_Authenticator
from scapy.layers.snmp import SNMP, SNMPget

DEADLINE_S = 20.0


def same(found: Any, expected: Any) -> None:
    assert found == expected, f"{found!r}, not {expected!r}"


def whole(layer: Any, request: bytes) -> None:
    """What scapy has understood is all of it, and comes out as it went in."""
    same(bytes(layer), request)
    assert not layer.haslayer("Raw"), layer.summary()


# ---- by scapy ----


def dns(request: bytes) -> None:
    one = DNS(request)
    whole(one, request)
    same((one.qr, one.opcode, one.rd, one.qdcount, one.ancount), (0, 0, 0, 1, 0))
    same((one.qd[0].qtype, one.qd[0].qclass), (1, 1))
    assert one.qd[0].qname.endswith(b".e."), one.qd[0].qname


def ntp(request: bytes) -> None:
    one = NTPHeader(request)
    same(bytes(one), request)
    same((one.leap, one.version, one.mode, one.stratum), (0, 4, 3, 0))
    same((request[24:40], len(request)), (bytes(16), 48))


def stun(request: bytes) -> None:
    one = STUN(request)
    whole(one, request)
    same((one.stun_message_type, one.length, one.magic_cookie), (1, 0, 0x2112A442))


def coap(request: bytes) -> None:
    one = coap_layer.CoAP(request)
    whole(one, request)
    same((one.ver, one.type, one.tkl, one.code, one.options), (1, 0, 8, 1, []))
    same((len(one.token), one.token[:2]), (8, request[2:4]))


def coap_path(request: bytes) -> None:
    one = coap_layer.CoAP(request)
    same(one.options, [("Uri-Path", b".well-known"), ("Uri-Path", b"core")])


def snmp(request: bytes) -> None:
    one = SNMP(request)
    whole(one, request)
    same((one.version.val, one.community.val), (1, b"public"))
    assert isinstance(one.PDU, SNMPget)
    same((one.PDU.error.val, one.PDU.error_index.val, len(one.PDU.varbindlist)), (0, 0, 1))
    same(one.PDU.varbindlist[0].oid.val, "1.3.6.1.2.1.1.3.0")
    same(one.PDU.id.val >> 24, 0x40)


def radius(request: bytes) -> None:
    one = Radius(request)
    whole(one, request)
    same((one.code, one.len, len(one.attributes)), (12, len(request), 1))
    assert isinstance(one.attributes[0], RadiusAttr_Message_Authenticator)
    unsigned = request[:22] + bytes(16)
    same(one.attributes[0].value, hmac.new(b"testing123", unsigned, hashlib.md5).digest())


def gtpu(request: bytes) -> None:
    one = GTPHeader(request)
    whole(one, request)
    same((one.version, one.PT, one.S, one.E, one.PN, one.gtp_type), (1, 1, 1, 0, 0, 1))
    same((one.length, one.teid, one.seq), (4, 0, int.from_bytes(request[8:10], "big")))
    same(one.npdu, 0)


def pfcp(request: bytes) -> None:
    one = PFCP(request)
    whole(one, request)
    same((one.version, one.MP, one.S, one.message_type, one.length), (1, 0, 0, 1, 12))
    assert one.haslayer(PFCPHeartbeatRequest) and one.haslayer(IE_RecoveryTimeStamp)


# ---- by hand ----


def memcached(request: bytes) -> None:
    same((request[2:8], request[8:]), (b"\0\0\0\x01\0\0", b"version\r\n"))


def sip(request: bytes) -> None:
    first, *lines = request.decode().split("\r\n")
    same((first, lines[-2:]), ("OPTIONS sip:127.0.0.1 SIP/2.0", ["", ""]))
    headers = dict(line.split(": ", 1) for line in lines[:-2])
    assert headers["Via"].startswith("SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK")
    required = {"Via", "Max-Forwards", "From", "To", "Call-ID", "CSeq"}  # RFC 3261, 8.1.1
    assert required <= headers.keys() and ";tag=" in headers["From"], headers
    same((headers["CSeq"], headers["Content-Length"]), ("1 OPTIONS", "0"))


def quic(request: bytes) -> None:
    same((request[0] & 0xC0, len(request)), (0xC0, 1200))
    assert all(byte & 0x0F == 0x0A for byte in request[1:5]), request[1:5]  # RFC 9000, 15
    same((request[5], request[26], any(request[47:])), (20, 20, False))


def dtls(request: bytes) -> None:
    """The lengths of RFC 6347's record, its handshake, the hello's parts and its extensions."""
    same(
        (request[:5], int.from_bytes(request[11:13], "big")),
        (b"\x16\xfe\xff\0\0", len(request) - 13),
    )
    body = len(request) - 25
    same((request[13], request[17:22]), (1, bytes(5)))
    same([int.from_bytes(request[at : at + 3], "big") for at in (14, 22)], [body, body])
    hello = request[25:]
    same((hello[:2], hello[34:36]), (b"\xfe\xfd", b"\0\0"))
    at = 38 + int.from_bytes(hello[36:38], "big")
    same(hello[at : at + 2], b"\x01\0")
    at += 2
    same(int.from_bytes(hello[at : at + 2], "big"), len(hello) - at - 2)
    at += 2
    while at < len(hello):
        at += 4 + int.from_bytes(hello[at + 2 : at + 4], "big")
    same(at, len(hello))


def bittorrent(request: bytes) -> None:
    same((request[:12], len(request)), (bytes.fromhex("000004172710198000000000"), 16))


def oneway(request: bytes) -> None:
    same(request, b"<14>1 - - edgewise - - -")


class Row(NamedTuple):
    speaks: str
    by: str  # scapy or hand
    dissect: Callable[[bytes], None]


ROWS = (
    Row("dns", "scapy", dns),
    Row("ntp", "scapy", ntp),
    Row("stun", "scapy", stun),
    Row("coap", "scapy", coap),
    Row("coap:path=/.well-known/core", "scapy", coap_path),
    Row("snmp", "scapy", snmp),
    Row("memcached", "hand", memcached),
    Row("sip", "hand", sip),
    Row("radius", "scapy", radius),
    Row("quic", "hand", quic),
    Row("dtls", "hand", dtls),
    Row("gtpu", "scapy", gtpu),
    Row("pfcp", "scapy", pfcp),
    Row("bittorrent", "hand", bittorrent),
    Row("oneway", "hand", oneway),
)


def request_of(edgewise: str, speaks: str) -> bytes:
    """Sent one way: nobody waits for an answer, and how the flood went is not asked."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        one.settimeout(DEADLINE_S)
        address = f"127.0.0.1:{one.getsockname()[1]}"
        words = [
            "flood",
            address,
            "--speaks",
            speaks,
            "--one-way",
            "--rate",
            "1000",
            "--count",
            "1",
        ]
        subprocess.run([edgewise, *words], capture_output=True, timeout=DEADLINE_S)
        return one.recv(65535)


def main() -> None:
    (edgewise,) = sys.argv[1:]
    for row in ROWS:
        print(row.speaks, "by", row.by, flush=True)
        row.dissect(request_of(edgewise, row.speaks))


if __name__ == "__main__":
    main()
