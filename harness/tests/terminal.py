"""What a program shows on a terminal."""

from __future__ import annotations

import os
import pty
import select
import subprocess
from typing import Any


def shown_on_terminal(
    command: list[Any],
    deadline_s: float,
    stdout: int | None = None,
    typed: bytes | None = None,
    **more: Any,
) -> bytes:
    """Runs it with its standard error, unless told otherwise its standard output, and where
    something is typed its standard input, on a pseudo-terminal."""
    master, slave = pty.openpty()
    seen = b""
    streams: dict[str, Any] = {
        "stdin": None if typed is None else slave,
        "stdout": slave if stdout is None else stdout,
        "stderr": slave,
    }
    with subprocess.Popen(command, **(streams | more)) as child:
        os.close(slave)
        os.write(master, typed or b"")
        while select.select([master], [], [], deadline_s)[0]:
            try:
                seen += os.read(master, 4096)
            except OSError:  # the other end is closed: all was read
                break
        child.wait(deadline_s)
    os.close(master)
    return seen
