"""A firewall rule that drops every 97th answer, in a namespace of its own: what is unaccounted must
equal the rule's counter, under each protocol.

On the input hook, so that the server's sends succeed and nobody but the rule knows of the drop.
firewall_test.py EDGEWISE ANSWERING; ANSWERING serves each protocol but an echo, whose server is one
of ours.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from result_json import judged, parsed

SKIPPED = 77
EVERY = 97
COUNT = 40_000
COUNT_SPOKEN = 1_000
PORT = 2000
# No server of this one answers.
UNANSWERED = "oneway"

RULES = f"""
table inet tester {{
    counter taken {{ }}
    chain input {{
        type filter hook input priority 0;
        udp sport {PORT} numgen inc mod {EVERY} == 0 counter name taken drop
    }}
}}
"""

# For each flood's words, the flood and then the counter, which starts at nothing again.
SCRIPT = f"""
ip link set lo up || exit 77
nft -f - || exit 77
for words; do
    "$EDGEWISE" flood $words --port {PORT} --json - 2>/dev/null
    echo "status $?"
    nft -j reset counter inet tester taken
done
"""


def skip(reason: str) -> None:
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def target_file(folder: str, answering: str, protocol: str) -> Path:
    """Ready when it has its port: an answer before the flood would meet the rule, too.  It can say
    what it drops itself, which is nothing, so that every term of the books is known."""
    path = Path(folder) / f"{protocol}.json"
    command = [sys.executable, answering, protocol, "{port}", "{sockets}"]
    path.write_text(
        json.dumps(
            {"command": command, "speaks": protocol, "ready": "port", "drops": ["echo", "0"]}
        )
    )
    return path


def protocols(edgewise: str) -> list[str]:
    done = subprocess.run([edgewise, "list", "--json", "-"], capture_output=True, text=True)
    echo, *others = [str(one["id"]) for one in parsed(done.stdout)["result"]["protocol"]]
    return [one for one in others if one != UNANSWERED]


def floods(edgewise: str, answering: str, folder: str) -> dict[str, int]:
    """Words of each, and how many datagrams it sends."""
    echo = f"echo-poll --flows 4 --count {COUNT} --batch "
    spoken = [target_file(folder, answering, one) for one in protocols(edgewise)]
    return {echo + batch: COUNT for batch in ("mmsg", "plain")} | {
        f"{path} --count {COUNT_SPOKEN}": COUNT_SPOKEN for path in spoken
    }


def check(count: int, result: dict[str, Any], status: str, counters: dict[str, Any]) -> None:
    taken = next(item["counter"]["packets"] for item in counters["nftables"] if "counter" in item)
    assert result["result"], result["error"]
    counts, books = result["result"]["counts"], result["result"]["books"]
    print(
        f"sent {counts['sent']}, echoed {counts['echoed']}, rule {taken}, unaccounted"
        f" {books['unaccounted']}, {status}"
    )
    assert counts["sent"] == count, counts
    assert books["attributed"], books
    # Every echo meets the rule, which counts on from the round before.
    assert taken - (counts["echoed"] + taken) // EVERY in (0, 1) and taken > 0, (taken, counts)
    assert books["unaccounted"] == taken, books
    assert status == "status 1", status
    assert f"{taken} unaccounted" in result["result"]["reason"], result["result"]["reason"]


def main() -> None:
    edgewise, answering = sys.argv[1:]
    for tool in ("unshare", "nft", "ip"):
        if not shutil.which(tool):
            skip(f"{tool} is missing")
    with tempfile.TemporaryDirectory() as folder:
        asked = floods(edgewise, answering, folder)
        words = ["unshare", "-rn", "env", f"EDGEWISE={edgewise}", "sh", "-c", SCRIPT, "sh", *asked]
        done = subprocess.run(words, input=RULES, capture_output=True, text=True)
    if not done.stdout:
        skip(f"no namespace with a firewall here: {done.stderr.strip() or done.returncode}")
    decoder = json.JSONDecoder()
    rest = done.stdout
    for one, count in asked.items():
        print(one)
        result, end = decoder.raw_decode(rest.lstrip())
        status, _, rest = rest.lstrip()[end:].lstrip().partition("\n")
        counters, end = decoder.raw_decode(rest.lstrip())
        rest = rest.lstrip()[end:]
        check(count, judged(result), status, counters)
    assert not rest.strip(), rest


if __name__ == "__main__":
    main()
