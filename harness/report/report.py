"""Makes one page of results; run by `edgewise report`, which explains the options.

Exit status: 0 made, 2 what it was given is no such result, 4 jinja2 is missing or the page cannot
be written.  What is said with status 0 is about plots that could not be drawn.
"""

from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import escaped
from contents import Report, report_of
from model import MARKS, WORDS
from reading import BadInput

if TYPE_CHECKING:
    from jinja2 import Environment

BAD_INPUT = 2
CANNOT_RUN = 4
FOLDER = Path(__file__).resolve().parent
TEMPLATES = {"html": "page.html.j2", "markdown": "page.md.j2"}
# The first python3 on the PATH need not be the one that the system's packages are for.
OTHER_PYTHONS = [
    "/usr/bin/python3",
    "/opt/homebrew/opt/jinja2-cli/libexec/bin/python3",
    "/usr/local/opt/jinja2-cli/libexec/bin/python3",
]
TRIED = "EDGEWISE_REPORT_TRIED"
WITHOUT_JINJA2 = (
    "Python's jinja2 is missing; ci/setup, or apt-get install python3-jinja2, brings it"
)
# Asks this script, run by another Python, whether that has these modules.
CAN = "--can"
NO_PLOTS = (
    "no plots, only tables: Python's matplotlib is missing; ci/setup, or apt-get install"
    " python3-matplotlib, brings it"
)


def fail(status: int, words: str) -> int:
    print(words.replace("\n", " "), file=sys.stderr)
    return status


def can(modules: list[str]) -> bool:
    try:
        for module in modules:
            importlib.import_module(module)
    except ImportError:
        return False
    return True


def settle_python(modules: list[str]) -> None:
    """Goes on in another Python if that has what this one lacks: all of it, or at least the first
    module."""
    if can(modules) or TRIED in os.environ:
        return
    for wanted in [modules] if can(modules[:1]) else [modules, modules[:1]]:
        for other in OTHER_PYTHONS:
            words = [other, "-B", __file__, CAN, *wanted]
            if (
                os.access(other, os.X_OK)
                and subprocess.run(words, stderr=subprocess.DEVNULL).returncode == 0
            ):
                os.environ[TRIED] = other
                os.execv(other, [other, "-B", *sys.argv])


def put_plots(report: Report) -> None:
    """Into the report; without matplotlib a line about it instead, since the tables have it all."""
    if not report.has_plots:
        return
    try:
        import drawing
    except ImportError:
        report.notes.append(NO_PLOTS)
        return
    drawn = [one for section in report.sections for one in section.plots]
    for number, one in enumerate(drawn, 1):
        one.svg = drawing.draw(one.plot, f"plot {number}")


def environment(folders: list[Path], escape: bool) -> Environment:
    """What templates in these folders are made into pages with; a name that they use and that is
    not there is an error."""
    import jinja2

    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folders),
        autoescape=escape,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    found.filters |= {"text": escaped.text, "code": escaped.code}
    return found


def render(report: Report, form: str) -> str:
    if form == "html":
        put_plots(report)
    made = environment([FOLDER], form == "html").get_template(TEMPLATES[form])
    return made.render(report=report, marks=MARKS, words=WORDS)


def put(page: bytes, out: str) -> int:
    """Writes it to a file, or to the standard output for "-"."""
    try:
        if out == "-":
            sys.stdout.buffer.write(page)
            sys.stdout.buffer.flush()
        else:
            Path(out).write_bytes(page)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # Python would complain once more at its end
        if out == "-" and isinstance(error, BrokenPipeError):
            return 0  # whoever reads has read enough
        where = "to standard output" if out == "-" else out
        return fail(CANNOT_RUN, f"cannot write {where}: {error.strerror}")
    return 0


def main() -> int:
    if sys.argv[1:2] == [CAN]:
        return 0 if can(sys.argv[2:]) else 1
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--format", choices=TEMPLATES, default="html")
    parser.add_argument("--out", default="-")
    parser.add_argument("--partial", action=argparse.BooleanOptionalAction, default=False)
    parser.add_argument("file", nargs="+")
    parser.add_argument("--edgewise")
    options = parser.parse_args()
    try:
        report = report_of(options.file, options.partial, options.edgewise)
        plots = ["matplotlib"] * (options.format == "html" and report.has_plots)
        settle_python(["jinja2", *plots])
        page = render(report, options.format).encode()
        for note in report.notes:
            print(note, file=sys.stderr)
    except BadInput as error:
        return fail(BAD_INPUT, str(error))
    except ImportError:
        return fail(CANNOT_RUN, WITHOUT_JINJA2)
    return put(page, options.out)


if __name__ == "__main__":
    sys.exit(main())
