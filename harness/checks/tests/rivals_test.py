"""Who is right and keeps no order is not accused of it: rivals_test.py EDGEWISE RIVALS_ECHO."""

from __future__ import annotations

import shlex
import subprocess
import sys
import unittest

from result_json import parsed

EDGEWISE, RIVALS = sys.argv[1:]
ROUNDS = 5
CASES = ("order-fifo", "order-freeze", "queue-order")


class Rivals(unittest.TestCase):
    def test_threads_that_take_turns_at_a_socket_are_weak_in_their_order(self) -> None:
        words = [word for case in CASES for word in ("--case", case)]
        done = subprocess.run(
            [EDGEWISE, "check", "--exec", f"{shlex.quote(RIVALS)} {{port}}", "--json", "-"]
            + ["--private", "--repeat", str(ROUNDS), *words],
            stdout=subprocess.PIPE,
            check=False,
        )
        found = parsed(done.stdout)["cases"]
        self.assertEqual(len(found), ROUNDS * len(CASES))
        for one in found:
            # Without a network namespace nothing holds answers up.
            right = {"WEAK", "UNSUPPORTED"} if one["case"] == "queue-order" else {"WEAK"}
            self.assertIn(one["verdict"], right, one)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
