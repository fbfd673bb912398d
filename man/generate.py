#!/usr/bin/env python3
"""Makes the man pages out of what the programs say of themselves, so that they cannot disagree:
generate.py BIN VERSION OUT DEMO...

EDGEWISE_EMULATOR is what runs them, words separated by semicolons, where this machine cannot."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

INTRODUCTION = """edgewise tells, for its own UDP servers or for any other UDP echo server \
binary, whether it is right and how fast
it is. A TARGET is the name of a server of ours or of a group of them, the path to a plug-in (a \
shared library that exports the five
functions of edgewise/server.h), or the path to a target file; --exec makes one of a command."""

TARGET_FILES = """A JSON object: "name"; "command", an array in which {port}, {sockets} and \
{address} are filled in; "ports", how
many it serves at most; "ready", one of "echo", "port" or "stdout:REGEX"; "env", an object; \
"capabilities", an array of the names
that edgewise list shows; "expect", an object of case ids and known results, such as
{"integrity-empty": "FAIL: reason"}, or "FAIL|WEAK: reason" where the verdict varies. A result \
that is as known does not make the exit
status 1; one that is worse or better than known does."""

SERVERS = """Each of these is a program of its name and a plug-in. It listens on --sockets \
consecutive ports and echoes until
SIGINT or SIGTERM. A reply that the kernel refuses waits, up to --queue for each socket; then the \
newest is dropped and
counted, or reading pauses. Datagrams come back whole or not at all, from the address that was \
asked. Not every server has every
option: NAME --help tells."""


EMULATOR = [word for word in os.environ.get("EDGEWISE_EMULATOR", "").split(";") if word]


def run(program: Path, *arguments: str) -> str:
    return subprocess.run(
        [*EMULATOR, program, *arguments], check=True, capture_output=True, text=True
    ).stdout


def escape(text: str) -> str:
    lines = text.replace("\\", "\\e").replace("-", "\\-").splitlines()
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in lines)


def title(name: str, section: int, version: str, summary: str) -> str:
    return (
        f'.TH {name.upper()} {section} "" "edgewise {version}" "edgewise"\n.SH'
        f" NAME\n{escape(name)} \\- {escape(summary)}\n"
    )


def paragraph(heading: str, text: str) -> str:
    return f".SH {heading}\n{escape(text)}\n"


def verbatim(heading: str, text: str, kind: str = "SH") -> str:
    return f'.{kind} "{escape(heading)}"\n.nf\n{escape(text.strip())}\n.fi\n'


def command_page(edgewise: Path, version: str) -> str:
    overview = run(edgewise, "--help")
    commands = re.findall(r"^  (\w+) +\S", overview, re.MULTILINE)
    page = title("edgewise", 1, version, "check and measure UDP servers")
    page += paragraph("DESCRIPTION", INTRODUCTION) + verbatim("SYNOPSIS", overview)
    page += ".SH COMMANDS\n" + "".join(
        verbatim(name, run(edgewise, "help", name), "SS") for name in commands
    )
    page += paragraph("TARGET FILES", TARGET_FILES)
    return page + paragraph("SEE ALSO", "edgewise-servers(7)")


def servers_page(edgewise: Path, version: str, demos: list[Path]) -> str:
    page = title("edgewise-servers", 7, version, "UDP servers on every kind of event loop")
    page += paragraph("DESCRIPTION", SERVERS)
    page += verbatim(
        "SERVERS", re.sub(r"^ +(can|missing): .*\n", "", run(edgewise, "list"), flags=re.MULTILINE)
    )
    page += verbatim("OPTIONS", run(edgewise, "serve", "echo-poll", "--help"))
    page += ".SH DEMONSTRATIONS\n" + "".join(
        verbatim(demo.name, run(demo, "--help"), "SS") for demo in demos
    )
    return page + paragraph("SEE ALSO", "edgewise(1)")


def main(binaries: Path, version: str, out: Path, demos: list[str]) -> int:
    out.mkdir(parents=True, exist_ok=True)
    (out / "edgewise.1").write_text(command_page(binaries / "edgewise", version))
    (out / "edgewise-servers.7").write_text(
        servers_page(binaries / "edgewise", version, [binaries / demo for demo in demos])
    )
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), sys.argv[4:]))
