"""A demonstration that runs until it is told to end."""

from __future__ import annotations

import re
import subprocess
from typing import Any, TypeVar

Self = TypeVar("Self", bound="Running")


class Running:
    def __init__(self, *command: Any) -> None:
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout
        self.process.stdout.close()

    def line(self, wanted: str) -> str:
        """Reads lines until one matches; the test's own timeout in ctest ends a wait in vain."""
        assert self.process.stdout
        for line in self.process.stdout:
            if re.fullmatch(wanted, line.rstrip("\n")):
                return line
        raise AssertionError(f"ended without a line like {wanted}")
