"""What a program shows on a terminal."""

from __future__ import annotations

import os
import pty
import select
import subprocess
from typing import Any


def shown_on_terminal(command: list[Any], deadline_s: float, stdout: int | None = None) -> bytes:
    """Runs it with its standard error, and unless told otherwise its standard output, on a
    pseudo-terminal."""
    master, slave = pty.openpty()
    seen = b""
    with subprocess.Popen(
        command, stdout=slave if stdout is None else stdout, stderr=slave
    ) as child:
        os.close(slave)
        while select.select([master], [], [], deadline_s)[0]:
            try:
                seen += os.read(master, 4096)
            except OSError:  # the other end is closed: all was read
                break
        child.wait(deadline_s)
    os.close(master)
    return seen
