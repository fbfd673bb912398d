"""A queueing discipline on loopback that keeps answers back."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Callable, Iterator

import live


def tc(*words: str) -> str:
    return subprocess.run(["tc", *words], capture_output=True, text=True, check=True).stdout


def reply_class(action: str, rate: str) -> None:
    tc(
        "class",
        action,
        "dev",
        "lo",
        "parent",
        "1:",
        "classid",
        "1:2",
        "htb",
        "rate",
        rate,
        "burst",
        "1600",
        "cburst",
        "1600",
    )


@contextlib.contextmanager
def pressure() -> Iterator[Callable[[], None]]:
    """In here hardly anything passes that comes from the first port, until the function that one is
    given is called."""
    tc("qdisc", "add", "dev", "lo", "root", "handle", "1:", "htb", "default", "0")
    try:
        reply_class("add", "8kbit")
        tc("qdisc", "add", "dev", "lo", "parent", "1:2", "handle", "2:", "pfifo", "limit", "10000")
        tc(
            "filter",
            "add",
            "dev",
            "lo",
            "parent",
            "1:",
            "protocol",
            "ip",
            "u32",
            "match",
            "ip",
            "sport",
            str(live.FIRST_PORT),
            "0xffff",
            "flowid",
            "1:2",
        )
        yield lambda: reply_class("change", "100mbit")
    finally:
        tc("qdisc", "del", "dev", "lo", "root")


def queue_of_replies() -> tuple[int, int]:
    """How many datagrams wait there, and how many have come there in all."""
    queue = next(
        one
        for one in json.loads(tc("-s", "-j", "qdisc", "show", "dev", "lo"))
        if one["handle"] == "2:"
    )
    return queue["qlen"], queue["qlen"] + queue["packets"]
