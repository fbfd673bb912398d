"""A budget in bytes is seen whatever the target speaks: budget_test.py EDGEWISE.

Of a server of DNS that reads so many bytes at a time the least number of questions is that of the
longest ones.
"""

from __future__ import annotations

import shlex
import sys
import unittest
from pathlib import Path

import simulated

SERVER = Path(__file__).with_name("budget_dns.py")
# The largest question with a name under "e.": RFC 1035, section 2.3.4, allows a name 255 bytes.
LONGEST = 271
BUDGET = 8192


class Budget(unittest.TestCase):
    def test_a_budget_in_bytes_is_fewer_of_the_longest_questions(self) -> None:
        program = f"{shlex.quote(sys.executable)} {shlex.quote(str(SERVER))}"
        found = simulated.fingerprint(
            *("--speaks", "dns", "--exec", f"{program} {{port}} {{sockets}} {BUDGET}"),
            *("--sockets", "2", "--scenario", "starvation"),
        )["starvation"]
        turn = -(-BUDGET // LONGEST)
        self.assertEqual(
            found["first-start-large"], {"received": turn, "answered": turn, "size": LONGEST}
        )
        # One that comes just after its socket was looked at waits for the rest of that turn and a
        # whole one.
        self.assertEqual(found["first-worst-large"]["received"], 2 * turn - 1)
        self.assertGreater(found["first-start"]["received"], turn)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
