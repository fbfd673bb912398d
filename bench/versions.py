"""What a target file's program says of its version."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path


def asked_for_version(path: Path) -> subprocess.CompletedProcess[str]:
    target = json.loads(path.read_text())
    words = [word.replace("{folder}", str(path.parent)) for word in target["version"]]
    env = os.environ | target.get("env", {})
    return subprocess.run(words, capture_output=True, text=True, timeout=60, env=env)
