"""What an interrupted run had found, for the one that goes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Callable, TypeVar

# Anything that JSON gives back as it was.
Found = TypeVar("Found")


def kept(path: Path, key: list[object], find: Callable[[], Found]) -> Found:
    """What was written there under the same key, or what find() finds, which is written there."""
    if path.exists():
        before = json.loads(path.read_text())
        if before["key"] == key:
            found: Found = before["found"]
            return found
    now = find()
    path.parent.mkdir(parents=True, exist_ok=True)
    # In one step: who is interrupted here leaves the old file or the new one.
    half = path.with_suffix(".part")
    half.write_text(json.dumps({"key": key, "found": now}))
    half.replace(path)
    return now
