"""A protocol that is no echo, end to end: speaks_test.py EDGEWISE [simulated]

A DNS server in Python that is wrong in known ways; what flood, check and fingerprint make of it is
exact.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from result_json import parsed

HERE = Path(__file__).resolve().parent
DEADLINE_S = 60.0 * float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))
EVERY = 97
WRONG = 20
# The last wrong one is not the last: what comes twice must not come when nobody listens any more.
COUNT = EVERY * WRONG + 30


# What each protocol's refusal is called; quic has none, and those of NAMELESS do not say of which
# request they are.
REFUSALS = {
    "dns": "REFUSED",
    "ntp": "RATE",
    "stun": "400 Bad Request",
    "coap": "4.04 Not Found",
    "snmp": "genErr",
    "memcached": "SERVER_ERROR",
    "sip": "503 Service Unavailable",
    "radius": "Access-Reject",
    "quic": "",
    "dtls": "handshake_failure",
    "gtpu": "Error Indication",
    "pfcp": "Version Not Supported",
    "bittorrent": "error",
}


# Whose servers have rate limits, which are named where something does not come back.
LIMITED = ("dns", "ntp", "sip")


def server(fault: str = "none", protocol: str = "dns") -> str:
    script = HERE / "answering.py"
    faulty = f"--fault {fault} --every {EVERY}"
    return f"'{sys.executable}' '{script}' {protocol} {{port}} {{sockets}} {faulty}"


def run(edgewise: str, *words: str) -> tuple[dict[str, Any], subprocess.CompletedProcess[str]]:
    done = subprocess.run(
        [edgewise, *words, "--json", "-"], capture_output=True, text=True, timeout=DEADLINE_S
    )
    return parsed(done.stdout), done


def flood(
    edgewise: str, fault: str, speaks: str = "dns"
) -> tuple[dict[str, Any], subprocess.CompletedProcess[str]]:
    return run(
        edgewise,
        "flood",
        "--speaks",
        speaks,
        "--exec",
        server(fault, speaks),
        "--count",
        str(COUNT),
    )


def check_ledger(edgewise: str, protocol: str = "dns") -> None:
    """Exactly as many wrong ones of each kind as the server made."""
    kinds = {
        "token": "foreign",
        "question": "foreign",
        "refusal": "refused",
        "twice": "duplicate",
        "silent": "lost",
    }
    if not REFUSALS[protocol]:
        del kinds["refusal"]
    for fault, kind in {"none": "", **kinds}.items():
        found, done = flood(edgewise, fault, protocol)
        assert found["result"], f"{protocol} {fault}: {done.stderr}"
        counts, result = found["result"]["counts"], found["result"]
        print(protocol, fault, counts)
        assert result["speaks"] == protocol
        assert counts["sent"] == COUNT
        lost = WRONG if fault in ("token", "question", "silent") else 0
        refused = WRONG if fault == "refusal" else 0
        assert (counts["lost"], counts["refused"]) == (lost, refused), counts
        assert counts["echoed"] == COUNT - lost - refused
        assert result["books"]["unaccounted"] == lost, result["books"]
        limited = "must be off: " in done.stderr
        assert limited == (protocol in LIMITED and lost + refused > 0), done.stderr
        others = ("duplicate", "corrupt", "truncated", "foreign", "misdirected")
        assert all(counts[one] == (WRONG if one == kind else 0) for one in others), counts
        assert result["refused"] == ({REFUSALS[protocol]: WRONG} if refused else {}), result[
            "refused"
        ]


def check_bytes(edgewise: str) -> None:
    """What answering.py answers is the question and a record of sixteen bytes."""
    found, done = flood(edgewise, "none")
    size = found["result"]["bytes"]
    assert size["received"] == size["sent"] + 16 * COUNT, size
    assert abs(size["amplification"] - size["received"] / size["sent"]) < 1e-6, size
    assert f"amplification {size['amplification']:.2f}" in done.stderr, done.stderr


def check_every_ledger(edgewise: str) -> None:
    for protocol in REFUSALS:
        check_ledger(edgewise, protocol)


def check_order(edgewise: str) -> None:
    for fault in ("none", "overtake"):
        found, done = run(
            edgewise, "check", "--speaks", "dns", "--exec", server(fault), "--case", "order"
        )
        verdicts = [one["verdict"] for one in found["cases"]]
        assert verdicts == ["PASS"] * 3, done.stdout + done.stderr


def check_limits(edgewise: str) -> None:
    """A fault of whose protocol has rate limits names them, for it may be of one; no other does."""
    for protocol, fault in (("dns", "silent"), ("dns", "none"), ("snmp", "silent")):
        _, done = run(
            edgewise,
            *("check", "--speaks", protocol, "--exec", server(fault, protocol)),
            *("--case", "integrity-hundred"),
        )
        assert done.returncode == (fault == "silent"), done.stdout + done.stderr
        named = "must be off: " in done.stderr
        assert named == (done.returncode == 1 and protocol in LIMITED), done.stderr


def check_unsupported(edgewise: str) -> None:
    """What only an echo can be asked says so, and by which protocol."""
    asked = ("integrity-empty", "integrity-1472", "hostile-ttl", "integrity-hundred", "loop-self")
    words = [word for case in asked for word in ("--case", case)]
    found, done = run(edgewise, "check", "--speaks", "dns", "--exec", server(), *words)
    rows = {one["case"]: one for one in found["cases"]}
    for case in asked[:3]:
        assert rows[case]["verdict"] == "UNSUPPORTED", done.stdout
        assert "dns" in rows[case]["reason"] or "namespace" in rows[case]["reason"], rows[case]
    assert rows["integrity-hundred"]["verdict"] == "PASS", done.stdout
    assert rows["loop-self"]["verdict"] in ("PASS", "UNSUPPORTED"), done.stdout


def expect_refused(edgewise: str, status: int, words: str, *arguments: str) -> None:
    _, done = run(edgewise, *arguments)
    assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
    assert words in done.stdout + done.stderr, done.stdout + done.stderr


def check_bad_input(edgewise: str) -> None:
    expect_refused(
        edgewise,
        2,
        "no protocol is called 'dnz'; there is echo, dns",
        "flood",
        "--speaks",
        "dnz",
        "--exec",
        server(),
    )
    expect_refused(
        edgewise,
        2,
        "dns has no option 'zune'; it has zone=NAME, rd",
        "check",
        "--speaks",
        "dns:zune=e.",
        "--exec",
        server(),
    )
    expect_refused(
        edgewise,
        4,
        "it answered, but that is no dns: not marked as an answer",
        "flood",
        "--speaks",
        "dns",
        "--exec",
        server("echo"),
    )
    expect_refused(
        edgewise,
        4,
        "was not ready within 50 ms",
        "flood",
        *("--timeout-scale", "0.01"),
        "--speaks",
        "dns",
        "--exec",
        "sleep 60",
    )
    expect_refused(
        edgewise,
        4,
        "it refuses what it is asked: REFUSED",
        "flood",
        "--speaks",
        "dns",
        "--exec",
        server("refuse-all"),
    )
    expect_refused(
        edgewise,
        2,
        "a request of ntp has 48 bytes",
        "flood",
        "--speaks",
        "ntp",
        "--size",
        "40",
        "--exec",
        server(protocol="ntp"),
    )
    expect_refused(
        edgewise,
        2,
        "without echoes there is no closed loop",
        "flood",
        "--speaks",
        "oneway",
        "--exec",
        server(protocol="ntp"),
    )
    expect_refused(
        edgewise,
        2,
        "a request of dns has 117 to 271 bytes",
        "flood",
        "--speaks",
        "dns",
        "--size",
        "64",
        "--exec",
        server(),
    )


def check_target_file(edgewise: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "one.json"
        command = [sys.executable, str(HERE / "answering.py"), "dns", "{port}", "{sockets}"]
        path.write_text(
            json.dumps({"name": "one", "command": command, "speaks": "dns:zone=test.,rd"})
        )
        found, done = run(edgewise, "flood", str(path), "--count", "100", "--size", "150-271")
        assert found["result"]["counts"]["echoed"] == 100, done.stderr
        path.write_text(json.dumps({"command": command, "speaks": "dns:zone"}))
        expect_refused(
            edgewise, 2, "\"speaks\": dns's option 'zone' needs a value", "flood", str(path)
        )


def check_catalogue(edgewise: str) -> None:
    found, _ = run(edgewise, "list")
    assert [one["id"] for one in found["result"]["protocol"]][:2] == ["echo", "dns"]
    found, done = run(edgewise, "explain", "dns")
    text = json.dumps(found["result"])
    assert "RFC 1035" in text and "zone=NAME" in text, done.stdout


def fingerprint(
    edgewise: str, scenario: str, carrier: str, protocol: str = "dns", fault: str = "none"
) -> tuple[dict[str, Any], subprocess.CompletedProcess[str]]:
    found, done = run(
        edgewise,
        *("fingerprint", "--speaks", protocol, "--exec", server(fault, protocol)),
        *("--scenario", scenario, "--carrier", carrier),
    )
    assert "differs" not in json.dumps(found["result"]), done.stdout
    return found, done


def check_fingerprint(edgewise: str) -> None:
    """A loop that takes one of each readable socket in turn: known before it is measured."""
    found, done = fingerprint(edgewise, "starvation", "preload")
    assert "1/1" in done.stderr + json.dumps(found["result"]), done.stdout
    assert all(one["verdict"] == "PASS" for one in found["cases"]), done.stderr


def check_carriers(edgewise: str) -> None:
    """A token that has room for what the harness knows of a request, and one that has not."""
    for protocol in ("dns", "ntp"):
        found, done = fingerprint(edgewise, "order", "both", protocol)
        assert all(one["verdict"] == "PASS" for one in found["cases"]), done.stderr
    for fault, words in (
        ("refuse-all", "refuses what it is asked: REFUSED"),
        ("echo", "that is no dns"),
    ):
        found, _ = fingerprint(edgewise, "cost", "both", fault=fault)
        assert all(words in one["reason"] for one in found["cases"]), found["cases"]


SIMULATED = (check_fingerprint, check_carriers)
CHECKS = (
    check_bytes,
    check_every_ledger,
    check_order,
    check_limits,
    check_unsupported,
    check_bad_input,
    check_target_file,
    check_catalogue,
)


def main() -> None:
    edgewise, *simulated = sys.argv[1:]
    for check in SIMULATED if simulated else CHECKS:
        print(check.__name__, flush=True)
        check(edgewise)


if __name__ == "__main__":
    main()
