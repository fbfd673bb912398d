"""Runs of `edgewise fingerprint`, for tests whose first argument is edgewise."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

from result_json import parsed

# Of those that go by what edgewise chooses, the same once more on the carrier that is named there.
CARRIER = os.environ.get("EDGEWISE_TEST_CARRIER")
SCALE = float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))


def edgewise(*words: str) -> subprocess.CompletedProcess[str]:
    carrier = ["--carrier", CARRIER] if CARRIER else []
    return subprocess.run(
        [sys.argv[1], "fingerprint", *words, *carrier],
        capture_output=True,
        text=True,
        timeout=120 * SCALE,
    )


def fingerprint(*words: str) -> dict[str, Any]:
    """The scenarios of one target."""
    done = edgewise(*words, "--json", "-")
    assert done.returncode == 0, done.stderr + done.stdout
    scenarios: dict[str, Any] = parsed(done.stdout)["result"]["fingerprints"][0]["scenarios"]
    return scenarios
