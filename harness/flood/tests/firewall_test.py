"""A firewall rule that drops every 97th echo, in a namespace of its own: what is unaccounted must
equal the rule's counter.

On the input hook, so that the server's sends succeed and nobody but the rule knows of the drop.
firewall_test.py EDGEWISE
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import Any

from result_json import judged

SKIPPED = 77
EVERY = 97
COUNT = 40_000
PORT = 2000

RULES = f"""
table inet tester {{
    counter taken {{ }}
    chain input {{
        type filter hook input priority 0;
        udp sport {PORT} numgen inc mod {EVERY} == 0 counter name taken drop
    }}
}}
"""

# For each server, a flood and then the counter, which starts at nothing again.
SCRIPT = """
ip link set lo up || exit 77
nft -f - || exit 77
for batch in mmsg plain; do
    "$EDGEWISE" flood echo-poll --port %d --count %d --flows 4 --batch $batch --json - 2>/dev/null
    echo "status $?"
    nft -j reset counter inet tester taken
done
""" % (
    PORT,
    COUNT,
)


def skip(reason: str) -> None:
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def check(result: dict[str, Any], status: str, counters: dict[str, Any]) -> None:
    taken = next(item["counter"]["packets"] for item in counters["nftables"] if "counter" in item)
    counts, books = result["result"]["counts"], result["result"]["books"]
    print(
        f"sent {counts['sent']}, echoed {counts['echoed']}, rule {taken}, unaccounted"
        f" {books['unaccounted']}, {status}"
    )
    assert counts["sent"] == COUNT, counts
    assert books["attributed"], books
    # Every echo meets the rule, which counts on from the round before.
    assert taken - (counts["echoed"] + taken) // EVERY in (0, 1), (taken, counts)
    assert books["unaccounted"] == taken, books
    assert status == "status 1", status
    assert f"{taken} unaccounted" in result["result"]["reason"], result["result"]["reason"]


def main() -> None:
    for tool in ("unshare", "nft", "ip"):
        if not shutil.which(tool):
            skip(f"{tool} is missing")
    words = ["unshare", "-rn", "env", f"EDGEWISE={sys.argv[1]}", "sh", "-c", SCRIPT]
    done = subprocess.run(words, input=RULES, capture_output=True, text=True)
    if not done.stdout:
        skip(f"no namespace with a firewall here: {done.stderr.strip() or done.returncode}")
    decoder = json.JSONDecoder()
    rest = done.stdout
    rounds = 0
    while rest.strip():
        result, end = decoder.raw_decode(rest.lstrip())
        status, _, rest = rest.lstrip()[end:].lstrip().partition("\n")
        counters, end = decoder.raw_decode(rest.lstrip())
        rest = rest.lstrip()[end:]
        check(judged(result), status, counters)
        rounds += 1
    assert rounds == 2, done.stderr


if __name__ == "__main__":
    main()
