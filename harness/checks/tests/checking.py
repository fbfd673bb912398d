"""How the tests of edgewise check run it: TEST EDGEWISE ODD_TARGET ODD_PLUGINS MUTANT.so."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

EDGEWISE, ODD_TARGET, ODD_PLUGINS, MUTANT = (Path(argument) for argument in sys.argv[1:])
SCALE = float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))
DEADLINE_S = 60.0 * SCALE


def run(*words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    more = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more
    return subprocess.run([EDGEWISE, *words], text=True, timeout=DEADLINE_S, **more)


def check(*words: str, **more: Any) -> tuple[int, dict[str, Any], str]:
    """Exit status, JSON, which must be there and valid whatever happened, and the standard
    error."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        file = Path(folder) / "result.json"
        done = run("check", *words, "--json", str(file), **more)
        found = json.loads(
            file.read_text(), parse_constant=lambda name: (_ for _ in ()).throw(ValueError(name))
        )
    assert found["format"] == 1 and found["status"] == done.returncode, found
    return done.returncode, found, done.stderr


def odd(mode: str) -> list[str]:
    return ["--exec", f"{shlex.quote(str(ODD_TARGET))} {mode} {{port}}"]
