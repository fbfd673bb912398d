"""The books of a server that says what it drops itself: drops_test.py EDGEWISE ANSWERING

Every 97th request is not answered.  What the server says of that is a term of its own, so that one
who keeps it to himself, or says too much, is found out.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from result_json import parsed

EVERY = 97
WRONG = 5
COUNT = EVERY * WRONG + 30
PASS, FAIL, INVALID, CANNOT_RUN = 0, 1, 3, 4


class Trial:
    def __init__(self, edgewise: str, answering: str, folder: Path) -> None:
        self.edgewise, self.answering, self.folder = edgewise, answering, folder
        self.told = folder / "told"

    def flood(self, *drops: str) -> tuple[dict[str, Any], int, str]:
        path = self.folder / "server.json"
        faulty = ["--fault", "silent", "--every", str(EVERY), "--tells", str(self.told)]
        command = [sys.executable, self.answering, "dns", "{port}", "{sockets}", *faulty]
        path.write_text(json.dumps({"command": command, "speaks": "dns", "drops": drops}))
        words = [self.edgewise, "flood", str(path), "--count", str(COUNT), "--json", "-"]
        done = subprocess.run(words, capture_output=True, text=True, timeout=120)
        return parsed(done.stdout), done.returncode, done.stderr

    def finds(self, status: int, own: int, unaccounted: int, *drops: str) -> None:
        found, ended, said = self.flood(*drops)
        counts, books = found["result"]["counts"], found["result"]["books"]
        print(drops, ended, books)
        assert (counts["sent"], counts["lost"]) == (COUNT, WRONG), counts
        assert books["attributed"] and ended == status, (books, ended, said)
        assert (books["dropped_by_server"], books["unaccounted"]) == (own, unaccounted), books

    def is_refused(self, words: str, *drops: str) -> None:
        found, ended, said = self.flood(*drops)
        print(drops, ended, said)
        assert ended == CANNOT_RUN and words in found["error"] and words in said, (found, said)


def main() -> None:
    edgewise, answering = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial(edgewise, answering, Path(folder))
        trial.finds(PASS, WRONG, 0, "cat", str(trial.told))
        trial.finds(FAIL, 0, WRONG, "sh", "-c", "test -d /proc/{pid} && echo 0")
        twice = f"echo $((2 * $(cat {trial.told})))"
        trial.finds(INVALID, 2 * WRONG, -WRONG, "sh", "-c", twice)
        trial.is_refused("and printed 'many'", "echo", "many")
        trial.is_refused("and printed '-1'", "echo", "-1")
        trial.is_refused("and printed ''", "true")
        trial.is_refused("try it by hand", "false")
        trial.is_refused("cannot be started", str(trial.folder / "nothing"))


if __name__ == "__main__":
    main()
