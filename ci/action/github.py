"""What a step says to GitHub: workflow commands on its standard output, and lines in the files that
its environment names (docs.github.com, "Workflow commands" and "Variables")."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

# A step's summary may have 1 MiB; what is larger is not shown at all.
SUMMARY_BYTES = 1024 * 1024
CUT = "\n\n*Cut here: GitHub shows no more. The page among the artifacts has all of it.*\n"


class Trouble(Exception):
    """Why the step ends, in one line that says how to mend it, and its exit status."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


def needed(variable: str) -> str:
    value = os.environ.get(variable, "")
    if not value:
        raise Trouble(2, f"{variable} is not set: this is a step of action.yml, run by GitHub")
    return value


def given(name: str) -> str:
    """An input; action.yml hands them over as the environment, and never as text of a script."""
    return os.environ.get(f"INPUT_{name.upper()}", "").strip()


def asked_for(name: str) -> bool:
    value = given(name).lower()
    if value not in ("", "false", "true"):
        raise Trouble(2, f"{name}: '{value}' is neither true nor false")
    return value == "true"


# ---- workflow commands ----


def escape_data(words: str) -> str:
    return words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(words: str) -> str:
    return escape_data(words).replace(":", "%3A").replace(",", "%2C")


def say(line: str) -> None:
    """What is no text, such as half of a surrogate pair in somebody's JSON, is shown as such."""
    print(line.encode("utf-8", "backslashreplace").decode(), flush=True)


def annotate(kind: str, title: str, message: str, file: str = "") -> None:
    """`kind` is error, warning or notice; `file` is a path from the workspace, or empty."""
    properties = {"file": file, "title": title}
    words = ",".join(
        f"{key}={escape_property(value)}" for key, value in properties.items() if value
    )
    say(f"::{kind} {words}::{escape_data(message)}")


@contextmanager
def unheard() -> Iterator[None]:
    """What others print meanwhile is no command to the runner, whatever it looks like."""
    token = secrets.token_hex(16)
    say(f"::stop-commands::{token}")
    try:
        yield
    finally:
        say(f"\n::{token}::")


# ---- files ----


def append(variable: str, words: str) -> None:
    path = Path(needed(variable))
    try:
        with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(words)
    except OSError as error:
        raise Trouble(4, f"cannot write {path} ({variable}): {error.strerror}") from error


def output(name: str, value: str) -> None:
    """No line of the value can be the delimiter: nobody knows it before."""
    end = f"end-{secrets.token_hex(16)}"
    append("GITHUB_OUTPUT", f"{name}<<{end}\n{value}\n{end}\n")


def summary(words: str) -> None:
    bytes_ = words.encode("utf-8", "backslashreplace")
    if len(bytes_) > SUMMARY_BYTES:
        kept = bytes_[: SUMMARY_BYTES - len(CUT)]
        words = kept[: kept.rfind(b"\n")].decode("utf-8") + CUT
    append("GITHUB_STEP_SUMMARY", words)


def step(main: Callable[[], int]) -> None:
    """Runs a step's function and ends the process with the status that it returns."""
    try:
        status = main()
    except Trouble as trouble:
        annotate("error", "edgewise", str(trouble))
        status = trouble.status
    sys.exit(status)
