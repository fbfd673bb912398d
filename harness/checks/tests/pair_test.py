"""Two instances of a right server of a protocol pass, and nothing is left of them when edgewise is
killed beside them: pair_test.py EDGEWISE ANSWERING."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import processes
from result_json import parsed

EDGEWISE, ANSWERING = sys.argv[1], Path(sys.argv[2])
DEADLINE_S = 30.0 * float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))


def command(server: Path, *words: str) -> list[str]:
    run = f"{shlex.quote(sys.executable)} {shlex.quote(str(server))} ntp {{port}} {{sockets}}"
    return [EDGEWISE, "check", "--exec", run, "--speaks", "ntp", *words]


def verdicts(server: Path) -> dict[str, str]:
    cases = ("--case", "loop-answer", "--case", "loop-pair", "--json", "-")
    done = subprocess.run(
        command(server, *cases), stdout=subprocess.PIPE, timeout=DEADLINE_S, check=False
    )
    return {one["case"]: one["verdict"] for one in parsed(done.stdout)["cases"]}


def instances(server: Path) -> int:
    """How many run it as their own program; edgewise has it in an argument with more words."""
    return len(processes.with_word("cmdline", str(server)))


def await_instances(server: Path, wanted: int) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while instances(server) != wanted:
        assert time.monotonic() < deadline, f"{instances(server)} instances, not {wanted}"


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        server = Path(folder) / "answering.py"  # a name that is nobody else's
        shutil.copyfile(ANSWERING, server)
        found = verdicts(server)
        assert found["loop-answer"] == "PASS", found
        if found["loop-pair"] == "UNSUPPORTED":
            return 77
        assert found["loop-pair"] == "PASS", found
        with subprocess.Popen(
            command(server, "--case", "loop-pair"), stdout=subprocess.DEVNULL
        ) as edgewise:
            await_instances(server, 2)
            edgewise.kill()
        await_instances(server, 0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
