"""What a program shows on a terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
from typing import Any, NamedTuple


def shown_on_terminal(
    command: list[Any],
    deadline_s: float,
    stdout: int | None = None,
    typed: bytes | None = None,
    size: tuple[int, int] = (24, 80),
    **more: Any,
) -> bytes:
    """Runs it with its standard error, unless told otherwise its standard output, and where
    something is typed its standard input, on a pseudo-terminal of so many lines and columns."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
    seen = b""
    fixed: dict[str, Any] = {
        "env": os.environ | {"TERM": "xterm"},
        "stdin": None if typed is None else slave,
        "stdout": slave if stdout is None else stdout,
        "stderr": slave,
    }
    with subprocess.Popen(command, **(fixed | more)) as child:
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


class Cell(NamedTuple):
    character: str
    colour: str  # the last that was chosen, "32"; "": none


def screen_of(seen: bytes) -> list[list[Cell]]:
    """The lines that stand on a terminal that has been written this, as far as edgewise goes: text,
    CR, LF, and of ECMA-48 CUU, EL and SGR.  Anything else is an error, and so is a move out of the
    screen."""
    lines: list[list[Cell]] = [[]]
    row = column = 0
    colour = ""
    for token in re.findall(r"\x1b\[[0-9;]*[A-Za-z]|.", seen.decode(), re.DOTALL):
        if token == "\r":
            column = 0
        elif token == "\n":
            row += 1
            lines += [[]] * (row == len(lines))
            lines[row] = list(lines[row])
        elif token.startswith("\x1b["):
            number = token[2:-1]
            if token[-1] == "A":
                row -= int(number)
                assert row >= 0, token
            elif token[-1] == "K":
                del lines[row][column:]
            else:
                assert token[-1] == "m", token
                colour = "" if number in ("", "0") else number
        else:
            assert token >= " ", ascii(token)
            lines[row][len(lines[row]) :] = [Cell(" ", "")] * (column - len(lines[row]))
            lines[row][column : column + 1] = [Cell(token, colour)]
            column += 1
    return lines


def text_of(lines: list[list[Cell]]) -> list[str]:
    return ["".join(cell.character for cell in line).rstrip() for line in lines]
