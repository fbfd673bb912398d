"""Makes one page of results of `edgewise check`; run by `edgewise report`, which explains the
options.

Exit status: 0 made, 2 what it was given is no such result, 4 jinja2 is missing or the page cannot
be written.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import escaped
from model import MARKS, WORDS, BadInput, Report, report_of

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


def fail(status: int, words: str) -> int:
    print(words.replace("\n", " "), file=sys.stderr)
    return status


def try_another_python() -> None:
    """Goes on in the next one that is there; returns when there is none left."""
    tried = os.environ.get(TRIED, "").split(":")
    for other in OTHER_PYTHONS:
        if other not in tried and os.access(other, os.X_OK):
            os.environ[TRIED] = ":".join([*tried, other])
            os.execv(other, [other, "-B", *sys.argv])


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
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--format", choices=TEMPLATES, default="html")
    parser.add_argument("--out", default="-")
    parser.add_argument("--partial", action=argparse.BooleanOptionalAction, default=False)
    parser.add_argument("file", nargs="+")
    options = parser.parse_args()
    try:
        page = render(report_of(options.file, options.partial), options.format).encode()
    except BadInput as error:
        return fail(BAD_INPUT, str(error))
    except ImportError:
        try_another_python()
        return fail(CANNOT_RUN, WITHOUT_JINJA2)
    return put(page, options.out)


if __name__ == "__main__":
    sys.exit(main())
