#!/usr/bin/env python3
"""Makes the man pages out of what the programs say of themselves, so that they cannot disagree:
generate.py BIN VERSION OUT DEMO...

edgewise.1 is the overview; each subcommand has a page of its own, which is its help; and
edgewise-servers.7 is about our servers.  EDGEWISE_EMULATOR is what runs them, words separated by
semicolons, where this machine cannot.
"""

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

TARGET_FILES = """A JSON object: "name"; "command", an array in which {port}, {sockets}, \
{upstream} and {address} are filled in; "ports", how
many it serves at most; "ready", one of "echo", "port" or "stdout:REGEX"; "env", an object; \
"capabilities", an array of the names
that edgewise list shows; "expect", an object of case ids and known results, such as
{"integrity-empty": "FAIL: reason"}, or "FAIL|WEAK: reason" where the verdict varies. A result \
that is as known does not make the exit
status 1; one that is worse or better than known does. edgewise schema target has all of it."""

SERVERS = """Each of these is a program of its name and a plug-in. It listens on --sockets \
consecutive ports and echoes until
SIGINT or SIGTERM. A reply that the kernel refuses waits, up to --queue for each socket; then the \
newest is dropped and
counted, or reading pauses. Datagrams come back whole or not at all, from the address that was \
asked. Not every server has every
option: NAME --help tells."""

STATUSES = (
    ("0", "Something passed, and nothing failed."),
    ("1", "A FAIL, or a finding."),
    ("2", "The command line, or a file that it names, is wrong."),
    ("3", "The environment spoiled the run, or nothing passed."),
    ("4", "It could not run, or not all of the result could be written."),
    ("130, 143", "It was interrupted by SIGINT or SIGTERM; what was done until then is reported."),
)

# What there is of them is on the page of its command.
EXAMPLES = {
    "list": (("What can be run here, for a program:", "edgewise list --json -"),),
    "serve": (
        ("A server of ours, on ports 2000 to 2003:", "edgewise serve echo-poll --sockets 4"),
    ),
    "check": (
        ("Whether your server is right:", "edgewise check --exec './my-server {port}'"),
        ("One that speaks DNS:", "edgewise check mine.json --speaks dns:zone=example."),
        (
            "In CI, with a result that it shows:",
            "edgewise check mine.json --junit junit.xml --json result.json",
        ),
    ),
    "flood": (
        (
            "A million datagrams, as fast as they come back:",
            "edgewise flood echo-poll --count 1000000",
        ),
        ("An open loop:", "edgewise flood mine.json --rate 20000 --duration 5"),
    ),
    "bench": (
        ("Which takes less CPU for an echo:", "edgewise bench echo-bare echo-epoll-edge mine.json"),
    ),
    "compare": (("Did a change make anything slower?", "edgewise compare before.json after.json"),),
    "merge": (
        (
            "Three runs of one evening, to be compared as one:",
            "edgewise merge 1.json 2.json 3.json --json before.json",
        ),
    ),
    "fingerprint": (("How long a quiet socket waits:", "edgewise fingerprint echo-epoll-fair"),),
    "torture": (
        (
            "What a server makes of a receive that fails:",
            "edgewise torture mine.json --call recvfrom",
        ),
    ),
    "trace": (
        (
            "Why its bound is what it is, as a picture:",
            "edgewise trace echo-epoll-fair --svg out.svg",
        ),
    ),
    "explain": (("What a case does:", "edgewise explain queue-order"),),
    "report": (("One page of several runs:", "edgewise report a.json b.json --out page.html"),),
    "schema": (("What a check writes:", "edgewise schema check"),),
    "completion": (("In this bash:", "source <(edgewise completion bash)"),),
}


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


def tagged(tag: str, text: str) -> str:
    return f".TP\n{tag}\n{escape(text)}\n"


def exit_status() -> str:
    return ".SH EXIT STATUS\n" + "".join(tagged(escape(status), text) for status, text in STATUSES)


def option_entry(line: str) -> str:
    """One line of the help: at least two spaces stand before what it says (cli/option.h)."""
    found = re.match(r"  (-\w, )?(--[\w-]+)(?: (\S+))? {2,}(.*)", line)
    assert found, f"this is no option: {line!r}"
    letter, name, value, text = found.groups()
    tag = (f"\\fB{escape(letter[:2])}\\fR, " if letter else "") + f"\\fB{escape(name)}\\fR"
    return tagged(tag + (f" \\fI{escape(value)}\\fR" if value else ""), text)


def options(blocks: list[str]) -> str:
    page = ".SH OPTIONS\n"
    for block in blocks:
        heading, *rows = block.splitlines()
        page += f'.SS "{escape(heading.rstrip(":"))}"\n' + "".join(map(option_entry, rows))
    return page


def examples(command: str) -> str:
    return "".join(
        f"{'.PP' if i else '.SH EXAMPLES'}\n{escape(text)}\n"
        f".PP\n.RS 4\n.nf\n{escape(words)}\n.fi\n.RE\n"
        for i, (text, words) in enumerate(EXAMPLES.get(command, ()))
    )


def see_also(names: list[str], itself: str) -> str:
    pages = sorted(f"{name}(1)" for name in names if name != itself) + ["edgewise-servers(7)"]
    return (
        ".SH SEE ALSO\n"
        + ",\n".join(f"\\fB{escape(page[:-3])}\\fR{page[-3:]}" for page in pages)
        + "\n"
    )


def command_page(edgewise: Path, version: str, command: str, summary: str, pages: list[str]) -> str:
    """The help is a line of usage, what it does, and the tables of options, whose headings end in
    colons."""
    usage, does, *blocks = run(edgewise, "help", command).strip().split("\n\n")
    tables = [block for block in blocks if re.match(r"[^\n]*:\n  (-\w, )?--", block)]
    name = f"edgewise-{command}"
    page = title(name, 1, version, summary)
    page += paragraph("SYNOPSIS", usage.removeprefix("usage: "))
    page += paragraph("DESCRIPTION", does)
    for block in blocks:
        page += "" if block in tables else f".PP\n{escape(block)}\n"
    return page + options(tables) + exit_status() + examples(command) + see_also(pages, name)


def overview_page(version: str, commands: list[tuple[str, str]], pages: list[str]) -> str:
    page = title("edgewise", 1, version, "check and measure UDP servers")
    page += "".join(
        (
            ".SH SYNOPSIS\n\\fBedgewise\\fR \\fICOMMAND\\fR [options] [operands]\n.br\n",
            "\\fBedgewise help\\fR \\fICOMMAND\\fR\n",
            paragraph("DESCRIPTION", INTRODUCTION),
            ".SH COMMANDS\nEach has a page of its own.\n",
            *(
                tagged(
                    f"\\fB{escape(f'edgewise-{name}')}\\fR(1)",
                    f"{summary[0].upper()}{summary[1:]}.",
                )
                for name, summary in commands
            ),
            paragraph("TARGET FILES", TARGET_FILES),
            exit_status(),
        )
    )
    return page + see_also(pages, "edgewise")


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
    edgewise = binaries / "edgewise"
    commands = re.findall(r"^  (\w+) +(\S.*)", run(edgewise, "--help"), re.MULTILINE)
    pages = ["edgewise", *(f"edgewise-{name}" for name, _ in commands)]
    for section in ("man1", "man7"):
        (out / section).mkdir(parents=True, exist_ok=True)
    for old in out.glob("man1/edgewise*.1"):
        old.unlink()
    (out / "man1" / "edgewise.1").write_text(overview_page(version, commands, pages))
    for name, summary in commands:
        text = command_page(edgewise, version, name, summary, pages)
        (out / "man1" / f"edgewise-{name}.1").write_text(text)
    told = servers_page(edgewise, version, [binaries / demo for demo in demos])
    (out / "man7" / "edgewise-servers.7").write_text(told)
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), sys.argv[4:]))
