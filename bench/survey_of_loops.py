"""What a survey of 43 programs found with edgewise 0.1.0, and why a figure is another one now."""

from __future__ import annotations

from figures import BOUNDS

# What it tells apart: start, worst, and both with the endless socket last, as the two of them below
# where one line holds for both; run; per echo; held, dropped.  "varies" was "random"; "": it says
# nothing, or that it was unsteady.
EITHER = {
    "once": ("1 / 1", "1 / 2"),
    "poll": ("1 / 1", "1 / 2", "0 / 0", "0 / 1"),
    "turns": ("1 / 1", "1 / 1"),
    "all": ("none / none", "none / none"),
    "late": ("0 / 0", "none / none"),
    "libuv": ("32 / 1", "63 / 33"),
}
PYTHON = "(Python 3.11.2)"
RUBY = "(Ruby 3.1.2)"
SURVEY: dict[tuple[str, str], tuple[tuple[str, ...], str, str, str, str]] = {
    ("uvloop", f"uvloop 0.17.0 {PYTHON}"): (("32 / 32", "63 / 64"), "32", "1+2+1+0", "35", "0"),
    ("twisted", f"Twisted 22.4.0 {PYTHON}"): (EITHER["all"], "100", "1+2+1+0", "0", "35"),
    ("gevent", f"gevent 22.10.2 {PYTHON}"): (("0 / 0", "99 / 100"), "100", "1+2+1+0", "1", "34"),
    ("gevent-socket", f"gevent 22.10.2 {PYTHON}"): (EITHER["late"], "100", "1+2+1+0", "1", "0"),
    ("lwt", "Lwt 5.6.1 (OCaml 4.13.1)"): (EITHER["late"], "100", "1+2+1+0", "1", "0"),
    ("ruby-async", f"async 1.30.3 {RUBY}"): (EITHER["late"], "100", "1+2+1+0", "1", "0"),
    ("eventlet", f"eventlet 0.33.1 {PYTHON}"): (
        EITHER["all"] + EITHER["late"],
        *("100", "1+2+1+2", "1", "0"),
    ),
    ("rust-smol", "smol 1.3.0"): (EITHER["all"], "100", "1+2+1+1", "1", "0"),
    ("trio", f"trio 0.22.0 {PYTHON}"): (("varies", "varies"), "1", "2+2+1+1", "1", "0"),
    ("anyio", f"anyio 3.6.2 {PYTHON}"): (EITHER["once"], "1", "4+1+1+0", "35", "0"),
    ("tornado", f"tornado 6.2 {PYTHON}"): (EITHER["once"], "1", "1+1+1+0", "0", "35"),
    ("sdevent", "sd-event 252"): (EITHER["once"], "1", "1+1+1+0", "0", "35"),
    ("asio-wait", "Boost.Asio 1.74.0"): (EITHER["once"], "1", "1+1+1+1", "0", "35"),
    ("php", "PHP 8.2.36"): (EITHER["poll"], "1", "1+1+1+0", "0", "35"),
    ("poco", "POCO 1.11.0"): (EITHER["poll"], "1", "1+1+1+0", "0", "35"),
    ("ace", "ACE 7.0.8"): (EITHER["poll"], "1", "1+1+1+0", "0", "35"),
    ("glib", "GLib 2.74.6"): (EITHER["poll"], "1", "1+1+1+0", "0", "35"),
    ("java-nio", "Java 17.0.21"): (EITHER["poll"], "1", "1+1+1+0", "0", "35"),
    ("asio", "Boost.Asio 1.74.0"): (EITHER["turns"], "1", "2+2+1+0", "1", "0"),
    ("nim", "Nim 1.6.10"): (EITHER["turns"], "1", "2+1+1+4", "1", "0"),
    ("qt", "Qt 6.4.2"): (EITHER["all"] + EITHER["late"], "100", "1+3+1+0", "0", "35"),
    ("netty", "Netty 4.1.48 (Java 17)"): (EITHER["once"], "1", "1+1+1+0", "35", "0"),
    ("eventmachine", f"EventMachine 1.3.0.dev.1 {RUBY}"): (
        ("10 / 10", "19 / 20", "0 / 0", "9 / 10"),
        *("10", "2+2+1+0", "30", "5"),
    ),
    ("nio4r", f"nio4r 2.5.8 {RUBY}"): (("0 / 0", "0 / 1"), "1", "1+1+1+0", "1", "0"),
    ("anyevent", "AnyEvent 7.17 (EV 4.33)"): (("0 / 0", "0 / 1"), "1", "1+1+1+0", "0", "35"),
    ("ioasync", "IO::Async 0.802"): (("varies", "varies"), "1", "2+1+1+0", "35", "0"),
    ("ghc", "GHC 9.0"): (("varies", "varies"), "100", "1+2+1+0", "1", "0"),
    ("luv", "libuv 1.44.2 (luv, Lua 5.1)"): (EITHER["libuv"], "32", "1+2+1+1", "35", "0"),
    ("deno", "Deno 2.9.6"): (("1 / 1", "1997 / 1998"), "100", "2+2+1+0", "1", "0"),
    ("mono", "Mono 6.8.0.105"): (EITHER["turns"], "1", "4+1+1+0", "1", "0"),
    ("erlang", "OTP 25 (kernel 8.5.3)"): (("45 / 0", ""), "10", "", "0", "35"),
    ("erlang-once", "OTP 25 (kernel 8.5.3)"): (EITHER["turns"], "1", "", "0", "35"),
}
THEN = {
    target: dict(
        zip(
            (*BOUNDS, "run", "per echo", "held", "dropped"),
            (*(bounds if len(bounds) == len(BOUNDS) else bounds * 2), *others),
        )
    )
    for target, (bounds, *others) in SURVEY.items()
}
WHY = {
    "deno": (
        "tokio looks at its driver every 61 turns, of 32 datagrams each here (of 31 turns,"
        " `DENO_TOKIO_EVENT_INTERVAL=31`, a run told 1031), and up to 14 more; how many differs"
        " from run to run, 1985 to 1998 in those of this machine."
    ),
    "eventlet": (
        "Who is ready together is served in the order of a set of functions, by their addresses,"
        " and these differ from run to run; one of the survey's runs was one of them."
    ),
    "ghc": (
        "What varies is what a tick of 10 ms of real time decides; between two runs of a machine it"
        " need not."
    ),
    "glib": (
        "It writes to an eventfd of its own as it answers a report, and so wakes its next poll; the"
        " survey told three calls an echo of eight loops in one line. Its program does the same."
    ),
    "ioasync": "The order of a Perl hash, which need not differ between two runs.",
    "mono": (
        "Which of its threads is first differs from run to run, and may be the quiet socket's."
    ),
    "nio4r": (
        "The survey's program answered with `UDPSocket#send`, which waits, and the whole loop with"
        " it; this one's `sendmsg_nonblock` is refused and the answer dropped."
    ),
    "qt": (
        "The survey's program asked `hasPendingDatagrams()` after each datagram, this one before"
        " each, as the manual does, so once more."
    ),
    "ruby-async": (
        "An `epoll_ctl` that adds what is there already (EEXIST) goes before each wait; the survey"
        " told gevent, Lwt and this one in one line. Its program does the same."
    ),
    "trio": (
        "Tasks that are ready together run in a random order, and the simulated network gives the"
        " same random numbers in each run now."
    ),
    "twisted": (
        "256 KiB in a turn are more than 10,000 datagrams of 24 bytes; a second size tells now that"
        " bytes are counted."
    ),
}
WORDS = """
## Where these differ from the survey of loops

43 programs on 35 loops were fingerprinted with edgewise 0.1.0: other peers, of the same \
releases. {same} of {all} rows that have
figures in both are the same in all of start, worst, run, per echo, held and dropped; of the others:
"""
