#!/usr/bin/env python3
"""Takes the screenshots of the tutorial, of what its own servers make: screenshots.py EDGEWISE OUT.

The page of edgewise report in Chromium, and a terminal, drawn of what was written to one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [
    str(ROOT / "harness/report/tests"),
    str(ROOT / "harness/tests"),
    str(ROOT / "ci/tests"),
]

import chromium
from examples import examples_of
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text
from terminal import shown_on_terminal

DEADLINE_S = 120.0
COLUMNS = 108
PAGE = """<!DOCTYPE html><meta charset="utf-8"><title>terminal</title>
<style>body {{ margin: 0; background: #16181d; color: #e6e6e6; width: max-content; }}
pre {{ font: 14px/1.35 "DejaVu Sans Mono", monospace; padding: 16px 20px; margin: 0; }}
</style>
<pre>{code}</pre>"""


def check_words(program: str, name: str) -> list[str]:
    words = ["--name", name, "--case", "integrity-empty", "--case", "hostile-source-zero"]
    return ["check", "--exec", f"python3 {program} {{port}} {{sockets}}", *words]


def terminal_page(edgewise: str, folder: Path) -> Path:
    """What a person sees who types these commands, colours and all."""
    text = Text()
    for program in ("server.py", "mended.py"):
        words = check_words(program, "mine")
        typed = " ".join(f"'{word}'" if " " in word else word for word in words)
        text.append("$ ", "bold").append(f"edgewise {typed}\n")
        command = ["env", "-C", str(folder), edgewise, *words]
        shown = shown_on_terminal(command, DEADLINE_S).decode("utf-8", "replace")
        # What was overwritten on a line is not seen.
        lines = [line.split("\r")[-1] for line in shown.replace("\r\n", "\n").split("\n")]
        if "INVALID" in shown:
            sys.exit(f"ci/site: this machine is too busy for a screenshot:\n{shown}")
        text.append(Text.from_ansi("\n".join(lines).replace("\033[K", "")))
        text.append("\n")
    console = Console(record=True, width=COLUMNS, file=(folder / "said").open("w"))
    console.print(text)
    page = folder / "terminal.html"
    page.write_text(
        console.export_html(theme=MONOKAI, inline_styles=True, code_format=PAGE),
        encoding="utf-8",
    )
    return page


def report_page(edgewise: str, folder: Path) -> Path:
    results = []
    for name in ("server", "mended"):
        words = ["check", "--exec", f"python3 {name}.py {{port}} {{sockets}}", "--name", name]
        for chapter in ("integrity", "order", "starvation", "hostile", "loop"):
            words += ["--case", chapter]
        words.append("--json")
        results.append(str(folder / f"{name}.json"))
        subprocess.run([edgewise, *words, results[-1]], cwd=folder, stdout=subprocess.DEVNULL)
    page = folder / "report.html"
    subprocess.run([edgewise, "report", *results, "--out", str(page)], check=True)
    return page


def main() -> None:
    edgewise, out = sys.argv[1], Path(sys.argv[2])
    os.environ.setdefault("EDGEWISE_TIMEOUT_SCALE", "6")  # a Python starts slowly on a busy machine
    program = chromium.find()
    if not program:
        print("ci/site: no screenshots: there is no Chromium; ci/setup --with site brings it")
        return
    browser = chromium.Page(program)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in examples_of(ROOT / "docs/tutorial.md").items():
            (folder / file).write_text(text)
        try:
            for page, width in (
                (terminal_page(edgewise, folder), 900),
                (report_page(edgewise, folder), 1000),
            ):
                browser.show(page, width, 300)
                browser.screenshot(out / f"{page.stem}.png", whole=True)
        finally:
            browser.close()


if __name__ == "__main__":
    main()
