"""As much of GitHub's runner as the tests of ci/action need: the environment that it documents, and
how it reads a step's output."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

ACTION = Path(__file__).resolve().parents[1] / "action"
DEADLINE_S = 60.0 * float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))


@dataclass
class Command:
    """A workflow command that the runner obeys."""

    kind: str
    properties: dict[str, str]
    words: str


def commands(output: str) -> list[Command]:
    """Line by line, as the runner does; between stop-commands and its token it obeys nothing."""
    found, token = [], None
    for line in output.splitlines():
        if token:
            token = None if line == f"::{token}::" else token
            continue
        parts = re.fullmatch(r"::([\w-]+)(?: ([^:]*))?::(.*)", line)
        if not parts:
            continue
        kind, properties, words = parts.group(1), parts.group(2) or "", unquote(parts.group(3))
        if kind == "stop-commands":
            token = words
            continue
        pairs = dict(one.split("=", 1) for one in properties.split(",") if one)
        found.append(Command(kind, {key: unquote(value) for key, value in pairs.items()}, words))
    assert not token, "commands were stopped for good"
    return found


def outputs(text: str) -> dict[str, str]:
    """name<<delimiter, lines, delimiter; anything else is an error to the runner."""
    found, lines = {}, iter(text.splitlines())
    for line in lines:
        name, mark, end = line.partition("<<")
        assert mark, f"the runner refuses {line!r}"
        value = []
        while (line := next(lines)) != end:
            value.append(line)
        assert name not in found, f"{name} is set twice"
        found[name] = "\n".join(value)
    return found


@dataclass
class Step:
    status: int
    printed: str
    commands: list[Command]
    outputs: dict[str, str]
    summary: str

    def said(self, kind: str) -> list[str]:
        """Title and words of each annotation of that kind."""
        return [
            f"{one.properties.get('title', '')}: {one.words}"
            for one in self.commands
            if one.kind == kind
        ]

    def file(self, name: str) -> str:
        return (Path(self.outputs["results"]) / name).read_text()

    def json(self, name: str) -> Any:
        return json.loads(self.file(name))


def environment(folder: Path, more: dict[str, str]) -> dict[str, str]:
    for name in ("workspace", "temp"):
        (folder / name).mkdir(exist_ok=True)
    known = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    files = {name: str(folder / name.lower()) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    for path in files.values():
        Path(path).write_text("")
    return (
        known
        | files
        | {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(ACTION.parents[1]),
            "GITHUB_WORKSPACE": str(folder / "workspace"),
            "RUNNER_TEMP": str(folder / "temp"),
            "LC_ALL": "C",  # whatever a runner's locale is
        }
        | more
    )


def run_step(folder: Path, words: list[str], more: dict[str, str]) -> Step:
    env = environment(folder, more)
    done = subprocess.run(
        [sys.executable, str(ACTION / words[0]), *words[1:]],
        env=env,
        cwd=env["GITHUB_WORKSPACE"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=DEADLINE_S,
    )
    printed = done.stdout.decode("utf-8", "replace")
    summary = (folder / "github_step_summary").read_bytes().decode("utf-8")
    written = outputs((folder / "github_output").read_text("utf-8"))
    return Step(done.returncode, printed, commands(printed), written, summary)
