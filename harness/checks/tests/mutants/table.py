"""The mutants, and the cases that must catch each.

A row: the name (py-... are skeleton.py's, the others the C skeleton's), the cases that must fail,
those that fail for the same cause and are left to --complete, since a try of them would say nothing
more and take long, and those that may, two at most, with the reason.  No other case may fail.  Each
case of the catalogue has a mutant that it alone catches.  A figure is what the fingerprint tells of
it.
"""

from __future__ import annotations

import shlex
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

SKELETON = Path(__file__).with_name("skeleton.py")


@dataclass(frozen=True, eq=False)
class Mutant:
    name: str
    must: tuple[str, ...]
    may: dict[str, str] = field(default_factory=dict)
    likewise: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    figure: tuple[
        str, str, int
    ] | None = None  # of the fingerprint's scenario "blocked": run, figure, value
    epoll: bool = False  # needs epoll(7)

    @property
    def is_python(self) -> bool:
        return self.name.startswith("py-")

    def target(self, library: Path, folder: Path) -> list[str]:
        """What edgewise check takes for it.  One in C is a copy of the library, in that folder: it
        is what its file is called."""
        if self.is_python:
            python, program = shlex.quote(sys.executable), shlex.quote(str(SKELETON))
            return ["--exec", f"{python} -IS {program} {self.name} {{port}} {{address}}"]
        copy = folder / f"{self.name}.so"
        if not copy.exists() or copy.stat().st_mtime < library.stat().st_mtime:
            shutil.copyfile(library, copy)
        return [str(copy)]


# The skeleton itself, which does everything right.
RIGHT = Mutant("none", ())

LARGE = ("integrity-1472", "integrity-1500", "integrity-9216", "integrity-65507")
SIZES = ("sizes-burst", "sizes-train", "sizes-mtu", "sizes-round")
# What a server that never sleeps fails beside the cases about that: after each trouble it should.
AFTER_TROUBLE = ("queue-ledger", "queue-recovers", "queue-answers", "queue-again")
ENDS = ("lifecycle-sigterm", "lifecycle-flood-stop", "lifecycle-held-stop")
PRESSURE = ("queue-order", "queue-answers", "queue-bound", "queue-spin", "queue-pause")

MUTANTS = (
    # Data.
    Mutant("drops-empty", ("integrity-empty",)),
    Mutant("py-ends-at-empty", ("integrity-empty",)),
    Mutant("drops-one-byte", ("integrity-one-byte",)),
    Mutant("drops-1472", ("integrity-1472",)),
    Mutant("drops-1500", ("integrity-1500",)),
    Mutant("drops-9216", ("integrity-9216",)),
    Mutant("drops-65507", ("integrity-65507",)),
    Mutant("dies-of-large", ("integrity-65507",)),
    Mutant("truncates-1024", (*LARGE, *SIZES, "hostile-random")),
    Mutant("truncates-1500", ("integrity-9216", "integrity-65507")),
    Mutant("drops-2048", ("sizes-round",)),
    Mutant("changes-a-byte", (*LARGE, *SIZES, "integrity-ipv6", "hostile-random")),
    Mutant(
        "strips-zeros",
        ("integrity-bytes", "integrity-wildcard", "starvation-burst", "starvation-flood"),
    ),
    Mutant("strips-newlines", ("integrity-bytes",)),
    Mutant("strips-byte-order-marks", ("integrity-bytes",)),
    Mutant(
        "wrong-port",
        (
            "integrity-address",
            "order-freeze",
            "starvation-burst",
            "starvation-flood",
            "starvation-shares",
            "polls-lock-step",
            "polls-burst",
        ),
    ),
    Mutant("wrong-port-for-some", ("integrity-address",)),
    Mutant("other-socket", (*LARGE, "hostile-random")),
    Mutant("wrong-address", ("integrity-wildcard",)),
    Mutant("one-address-for-a-batch", ("integrity-wildcard",)),
    Mutant("no-ipv6", ("integrity-ipv6",)),
    Mutant("few-clients", ("integrity-hundred",)),
    Mutant(
        "mixes-clients",
        (
            "integrity-hundred",
            "order-clients",
            "order-freeze",
            "queue-ledger",
            "queue-recovers",
            "hostile-source-zero",
            "hostile-foreign",
            "hostile-random",
        ),
        # Of the clients that look at it after each trouble the second gets what the first one sent.
        likewise=(
            *PRESSURE,
            "queue-again",
            "hostile-checksum",
            "hostile-lengths",
            "hostile-options",
            "hostile-ttl",
            "hostile-fragments",
            "hostile-icmp",
            "hostile-leftovers",
            "hostile-requests",
        ),
    ),
    # Order.
    Mutant(
        "swaps",
        ("order-fifo", "order-freeze", "queue-pause"),
        {
            "order-clients": (
                "two datagrams of one of a hundred clients lie side by side only by chance"
            )
        },
    ),
    Mutant("swaps-in-long-talk", ("order-fifo",)),
    Mutant("swaps-among-many", ("order-clients",)),
    Mutant("swaps-on-third-port", ("order-freeze",)),
    Mutant(
        "reads-a-few",
        (
            "order-freeze",
            "queue-ledger",
            "queue-recovers",
            "queue-again",
            "starvation-burst",
            "starvation-flood",
            "starvation-shares",
            "polls-burst",
            "hostile-random",
            "hostile-leftovers",
            "hostile-requests",
            *PRESSURE,
        ),
        {
            "integrity-hundred": (
                "it may happen that each datagram arrives just after those before were read"
            ),
            "lifecycle-flat": "what is left of one part may keep the next from being answered",
        },
        epoll=True,
    ),
    # Load.
    Mutant(
        "drops-some",
        (
            "integrity-bytes",
            "integrity-hundred",
            "queue-ledger",
            "queue-recovers",
            "queue-answers",
            "queue-pause",
            "starvation-burst",
            "signals-storm",
            "hostile-random",
        ),
        {
            # Floods without a count: which datagram is one of so many is the machine's choice.
            "starvation-flood": "one it drops may be a probe",
            "starvation-shares": "one it drops may be what is asked once the flood is over",
        },
        likewise=("hostile-leftovers", "hostile-requests"),
    ),
    Mutant("drops-in-a-flood", ("queue-ledger",)),
    Mutant(
        "answers-twice",
        ("order-fifo", "order-clients", "hostile-random"),
        {"queue-ledger": "on a busy machine most of a flood is lost before it could be answered"},
    ),
    Mutant("sleeps-after-a-flood", ("queue-recovers",)),
    Mutant("deaf-under-flood", ("starvation-burst",)),
    Mutant("deaf-to-the-quiet", ("starvation-flood",)),
    Mutant("serves-the-first", ("starvation-shares",), options=("--require", "fairness")),
    Mutant(
        "starves",
        ("starvation-burst",),
        {"starvation-flood": "on a busy machine the flood may be slower than the mutant"},
        options=("--require", "fairness"),
    ),
    Mutant("tires", ("soak-echoes",)),
    # Answers that cannot be sent yet.
    Mutant("holds-one-more", ("queue-bound",), figure=("after-5", "held", 9)),
    Mutant("holds-one-less", (), figure=("after-5", "held", 7)),
    Mutant("forgets-blocked", ("queue-pause",), figure=("after-5", "held", 0)),
    Mutant(
        "flushes-with-the-next",
        ("queue-answers", "queue-again", "queue-pause"),
        figure=("after-5", "answered", 5),
    ),
    Mutant("overtakes", (), figure=("after-5", "refused", 35)),
    Mutant("reads-or-sends", (), figure=("after-5", "received", 6)),
    Mutant("restless-while-blocked", ("queue-spin",), figure=("after-5", "spins", 1)),
    Mutant("back-of-queue", ("queue-order",)),
    Mutant("forgets-what-waits", ("queue-answers",)),
    Mutant("never-resumes", ("queue-pause",)),
    Mutant("deaf-the-second-time", ("queue-again",)),
    Mutant("leaks-when-refused", ("queue-again",)),
    Mutant("keeps-what-was-refused", ("queue-again",)),
    Mutant("answers-the-last", ("clients-held",)),
    # Sizes, clients, addresses.
    Mutant("cuts-before-empty", ("sizes-burst",), epoll=True),
    Mutant("answers-too-long-trains", ("sizes-burst",), epoll=True),
    Mutant("answers-trains-as-one", ("sizes-train",), epoll=True),
    Mutant("joins-into-small-buffers", ("sizes-train",), epoll=True),
    Mutant("leaks-of-empty", ("sizes-leftovers",), epoll=True),
    Mutant("forbids-fragments", ("sizes-mtu",), epoll=True),
    Mutant("loses-the-next", ("clients-gone",), epoll=True),
    Mutant("keeps-each-client", ("clients-growth",)),
    Mutant(
        "steals-flows",
        ("clients-workers",),
        options=("--workers", "2", "--share", "hash"),
        epoll=True,
    ),
    Mutant("serves-twelve-ports", ("addresses-all",)),
    Mutant("takes-twelve-events", ("addresses-all",), epoll=True),
    Mutant(
        "py-answers-from-anywhere",
        ("addresses-dual",),
        options=("--claim", "wildcard", "--claim", "ipv6"),
    ),
    # Awake.
    Mutant("ticks-at-first", ("idle-fresh",)),
    Mutant("ticks-once-served", ("idle-after-flood",)),
    Mutant("spins", ("idle-fresh",), likewise=("idle-after-flood",)),
    Mutant("spins-after-a-flood", ("idle-after-flood",)),
    Mutant(
        "py-spins",
        ("queue-spin", "queue-order"),
        likewise=("idle-fresh", "idle-after-flood", *AFTER_TROUBLE),
    ),
    # The end.
    Mutant("ignores-stop", ENDS),
    Mutant("py-ignores-sigterm", ENDS),
    Mutant("ends-with-an-error", ENDS),
    Mutant("ends-when-spoken-to", ("lifecycle-sigterm",)),
    Mutant("ends-when-left-alone", ("lifecycle-flood-stop",)),
    Mutant("stays-while-it-holds", ("lifecycle-held-stop",)),
    Mutant("leaves-a-lock", ("lifecycle-restart",)),
    Mutant("leaves-a-lock-when-killed", ("lifecycle-restart",)),
    Mutant("py-tries-again", ("lifecycle-port",)),
    Mutant("py-takes-another-port", ("lifecycle-port",)),
    Mutant("py-exits-well", ("lifecycle-port",)),
    Mutant("py-lets-others-in", ("lifecycle-port",)),
    Mutant("ends-well-without-descriptors", ("lifecycle-descriptors",)),
    # What is left.
    Mutant("leaves-a-descriptor", ("lifecycle-starts",)),
    Mutant("leaves-memory", ("lifecycle-starts",)),
    Mutant("leaves-a-thread", ("lifecycle-starts",)),
    Mutant("leaks-descriptors", ("lifecycle-flat",)),
    Mutant("leaks-memory", ("lifecycle-flat",)),
    Mutant("leaks-threads", ("lifecycle-flat",)),
    Mutant("py-keeps-all", ("lifecycle-flat",)),
    # Polls.
    Mutant("polls-twice-at-start", ("polls-start",)),
    Mutant("polls-in-vain", ("polls-lock-step",)),
    Mutant("polls-for-what-waits", ("polls-burst",)),
    # Hostile.
    Mutant("believes-readiness", ("hostile-checksum", "hostile-random")),
    Mutant("believes-readiness-after-text", ("hostile-checksum",)),
    Mutant("drops-47", ("hostile-lengths",)),
    Mutant("refuses-options", ("hostile-options",), epoll=True),
    Mutant(
        "dies-of-send-errors",
        ("hostile-source-zero", "hostile-foreign", "hostile-random", "hostile-leftovers"),
    ),
    Mutant("dies-of-port-zero", ("hostile-source-zero",)),
    Mutant("refuses-short-lives", ("hostile-ttl",), epoll=True),
    Mutant("refuses-fragments", ("hostile-fragments",), epoll=True),
    Mutant("dies-of-no-route", ("hostile-foreign",)),
    Mutant("dies-of-icmp", ("hostile-foreign", "hostile-icmp", "hostile-leftovers"), epoll=True),
    Mutant("dies-of-hosts-gone", ("hostile-icmp",), epoll=True),
    Mutant("dies-of-many-send-errors", ("hostile-random",)),
    Mutant(
        "serves-fewer-after-errors",
        ("hostile-source-zero", "hostile-foreign", "hostile-random", "hostile-leftovers"),
    ),
    Mutant("leaks-what-has-no-answer", ("hostile-leftovers",)),
    Mutant("answers-changed-requests-twice", ("hostile-requests",)),
    # Signals.
    Mutant("dies-of-sigurg", ("signals-storm",)),
    Mutant("dies-when-stopped", ("signals-stop",), epoll=True),
    Mutant("dies-when-stopped-often", ("signals-stop",), epoll=True),
    # As the originals: both faults are told, each by its own case, and of one alone that one.
    Mutant("edge-reorders", ("queue-order",), epoll=True),
    Mutant("edge-panics", ("signals-stop",), epoll=True),
    Mutant("edge-reorders-and-panics", ("queue-order", "signals-stop"), epoll=True),
    # Loop.
    Mutant("answers-itself", ("loop-self",)),
    Mutant("answers-its-sibling", ("loop-sibling",)),
    Mutant("answers-another-address", ("loop-wildcard",)),
    Mutant("refuses-its-number", ("loop-namesake",)),
    Mutant(
        "py-answers-answers",
        ("loop-answer",),
        options=("--speaks", "ntp", "--require", "loopsafe"),
    ),
    Mutant("py-asks-strangers", ("loop-pair",), options=("--speaks", "ntp")),
)
