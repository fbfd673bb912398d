"""Two workers echo more than one, given processors for them: workers_speed_test.py EDGEWISE

Exits 77 where there are fewer than four: two workers and as many threads that load them.
"""

from __future__ import annotations

import os
import statistics
import sys
import unittest

from command import result_of

PROCESSORS_LEAST = 4
SPEEDUP_LEAST = 1.7  # times
PAIRS = 5
# So many that an uneven choice of them cannot cost more than a few per cent.
FLOWS = ("--share", "bpf", "--flows", "512", "--threads", "2", "--window", "1")


def rate(workers: int) -> float:
    status, found = result_of(
        "flood", "echo-mmsg", "--workers", str(workers), *FLOWS, "--count", "204800"
    )
    result = found["result"]
    assert status == 0 and result["books"]["unaccounted"] == 0, found
    return float(result["echoed_per_s"])


class Speed(unittest.TestCase):
    def test_two_workers_echo_more_than_one(self) -> None:
        pairs = [rate(2) / rate(1) for _ in range(PAIRS)]
        self.assertGreaterEqual(statistics.median(pairs), SPEEDUP_LEAST, pairs)


if __name__ == "__main__":
    here = len(os.sched_getaffinity(0)) if sys.platform == "linux" else 0
    if here < PROCESSORS_LEAST:
        print(
            f"skipped: {here} processors, and two workers need {PROCESSORS_LEAST} to be faster"
            " than one"
        )
        sys.exit(77)
    unittest.main(argv=sys.argv[:1])
