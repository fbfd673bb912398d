"""The books balance for a server of ours, with every term from a source of its own: books_test.py
EDGEWISE SERVER

In a network namespace of its own where that is to be had, so that nobody else's traffic is on the
loopback interface.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

from result_json import parsed

SKIPPED = 77
DEADLINE_S = 60.0 * float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))
COUNT = 20_000
# What is known on Linux whatever the server publishes; the server's own term is there if it claims
# to count.
TERMS = ("dropped_on_the_way", "dropped_by_server_socket", "dropped_by_client_socket")

LOADS = (
    ["--flows", "8", "--sockets", "2"],
    ["--rate", "max", "--size", "48-2000"],
)


def namespace() -> list[str]:
    words = ["unshare", "-rn", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    try:
        return (
            words if subprocess.run([*words, "true"], capture_output=True).returncode == 0 else []
        )
    except FileNotFoundError:
        return []


def described(edgewise: str, server: str) -> dict[str, Any]:
    listed = subprocess.run(
        [edgewise, "list", "--json", "-"], capture_output=True, check=True, timeout=DEADLINE_S
    )
    return next(row for row in parsed(listed.stdout)["result"]["servers"] if row["name"] == server)


def check(result: dict[str, Any], counts_itself: bool, load: list[str]) -> None:
    counts, books = result["counts"], result["books"]
    print(" ".join(load), counts["sent"], books)
    assert counts["sent"] == COUNT, counts
    assert books["unaccounted"] == 0, books
    assert all(
        counts[fault] == 0
        for fault in ("corrupt", "truncated", "foreign", "misdirected", "duplicate")
    ), counts
    if sys.platform == "linux":
        assert all(books[term] is not None for term in TERMS), books
        assert books["attributed"] == counts_itself, books
    if "--rate" not in load:
        assert (
            counts["echoed"] == COUNT
        ), books  # windows fit the buffers: a closed loop loses nothing


def main() -> None:
    edgewise, server = sys.argv[1:]
    row = described(edgewise, server)
    if row["missing"]:
        print(f"skipped: {row['missing']}")
        sys.exit(SKIPPED)
    inside = namespace()
    for load in LOADS:
        done = subprocess.run(
            [*inside, edgewise, "flood", server, "--count", str(COUNT), *load, "--json", "-"],
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
        )
        found = parsed(done.stdout)
        assert found["result"], found["error"]
        check(found["result"], "counters" in row["capabilities"], load)


if __name__ == "__main__":
    main()
