"""What was measured before there was an edgewise, and why a figure is another one now."""

from __future__ import annotations

from figures import BOUNDS

# The measurements that the simulated network was designed on, made with a throw-away program:
# start; worst; start, last; worst, last.
FIRST = {
    ("echo-epoll-level", "edgewise"): ("1 / 1", "1 / 2", "1 / 1", "1 / 2"),
    ("echo-epoll-edge", "edgewise"): ("none / none",) * 4,
    ("echo-epoll-fair", "edgewise"): ("16 / 16", "31 / 32", "0 / 0", "15 / 16"),
    ("echo-poll", "edgewise"): ("1 / 1", "1 / 2", "0 / 0", "0 / 1"),
    ("echo-select", "edgewise"): ("1 / 1", "1 / 2", "0 / 0", "0 / 1"),
    ("libuv", "libuv 1.44.2"): ("32 / 1", "63 / 33", "32 / 1", "63 / 33"),
    ("libuv-recvmmsg", "libuv 1.44.2"): ("40 / 1", "79 / 41", "40 / 1", "79 / 41"),
    ("libev", "libev 4.33"): ("0 / 0", "0 / 1", "0 / 0", "0 / 1"),
    ("libev-poll", "libev 4.33"): ("0 / 0", "0 / 1", "1 / 1", "1 / 2"),
    ("libev-select", "libev 4.33"): ("1 / 1", "1 / 2", "0 / 0", "0 / 1"),
    ("libevent", "libevent 2.1.12-stable"): ("1 / 1", "1 / 2", "1 / 1", "1 / 2"),
    ("libevent-edge", "libevent 2.1.12-stable"): ("none / none",) * 4,
    ("libevent-poll", "libevent 2.1.12-stable"): ("varies", "1 / 2", "varies", "1 / 2"),
    ("rust-mio", "mio 0.8.4"): ("none / none",) * 4,
    ("rust-tokio", "tokio 1.24.2"): ("none / none",) * 4,
    ("rust-tokio-threads", "tokio 1.24.2"): ("none / none",) * 4,
    ("rust-tokio-join", "tokio 1.24.2"): ("none / none", "none / none", "0 / 0", "none / none"),
    ("asyncio", "Python 3.11.2"): ("1 / 1", "1 / 2", "1 / 1", "1 / 2"),
    ("node", "Node 20.20.2 (libuv 1.46.0)"): ("32 / 32", "63 / 64", "32 / 32", "63 / 64"),
}
# Why a figure is another one now; without a reason here the table is not written.
WHY = {
    "echo-epoll-fair": (
        "The specimen of then served its sockets in the order of their numbers, so that a quiet"
        " first one hardly waited; this ready list is in the order of arrival, so that the figures"
        " do not depend on who is first."
    ),
    "libuv-recvmmsg": (
        "The peer of then answered with `uv_udp_send`, whose requests go out when the loop gets to"
        " them; this one answers at once with `uv_udp_try_send`. What is received is the same."
    ),
    "rust-tokio-threads": (
        "What is there for both sockets at the start wakes both workers, and each serves one of"
        " them. What comes for one wakes one, and while that serves it, nobody polls the driver:"
        " the worst case is the same."
    ),
    "libevent-poll": (
        "It begins with a random socket, drawn from the sum of the clock and the process's number,"
        " which here is the same in every run."
    ),
}
THEN = {target: dict(zip(BOUNDS, bounds)) for target, bounds in FIRST.items()}
WORDS = """
## Where these differ from the first measurements

The starvation figures were measured once before there was an edgewise, with a throw-away program \
and peers written for it. {same} of
{all} rows are the same; of the others:
"""
