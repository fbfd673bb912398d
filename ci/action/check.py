#!/usr/bin/env python3
"""Runs edgewise for action.yml on what INPUT_COMMAND or INPUT_TARGET names, and tells GitHub what
it saw: annotations, a summary, outputs, and a folder of files for the artifact.

Exit status: edgewise's (0 well, 1 a FAIL or something differs from the baseline, 2 an input is
wrong, 3 nothing passed, 4 could not run), or 130 or 143 when it is interrupted.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "harness/report"))

import escaped
from github import Trouble, annotate, asked_for, given, needed, output, step, summary, unheard
from seen import (
    BENCH_BASE,
    Remark,
    Results,
    badge_of,
    baseline_of,
    differences,
    read_baseline,
    verdict_of,
    verdict_remarks,
)

MARKS = {"error": "❌", "warning": "⚠️", "notice": "ℹ️"}
COUNTED = {
    "PASS": "passed",
    "FAIL": "failed",
    "WEAK": "weak",
    "INVALID": "invalid",
    "UNSUPPORTED": "unsupported",
}


def edgewise() -> str:
    found = Path(given("folder") or ".") / "bin/edgewise"
    if not os.access(found, os.X_OK):
        raise Trouble(4, f"there is no {found}: the step that brings edgewise did not")
    return str(found)


def listed(name: str) -> list[str]:
    return given(name).replace(",", " ").split()


def target_words() -> list[str]:
    """Of a command or of target files; each input is one word, or several where it is a list."""
    command, targets = given("command"), given("target")
    if bool(command) == bool(targets):
        raise Trouble(2, "one of 'command' and 'target' must be given: which server?")
    words = ["--exec", command] if command else shlex.split(targets)
    for option in ("name", "speaks", "sockets"):
        if given(option):
            words += [f"--{option}", given(option)]
    return words


def check_words() -> list[str]:
    words = target_words()
    for option, name in (("case", "cases"), ("skip", "skip"), ("require", "require")):
        for word in listed(name):
            words += [f"--{option}", word]
    try:
        return words + shlex.split(given("args"))
    except ValueError as error:
        raise Trouble(2, f"args: {error}") from error


# ---- running ----


class Interrupted(Exception):
    pass


def interrupt(number: int, _: object) -> None:
    raise Interrupted(number)


def run(words: list[str]) -> int:
    """The server's output is its own; an interruption is passed on, and edgewise ends its
    targets."""
    with unheard(), subprocess.Popen(words, stdin=subprocess.DEVNULL) as child:
        try:
            return child.wait()
        except Interrupted as why:
            child.send_signal(why.args[0])
            child.wait()
            raise


def run_json(words: list[str], path: Path) -> tuple[int, dict[str, Any] | None]:
    status = run([edgewise(), *words, "--json", str(path)])
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = None
    # Killed, or without a result whatever it said.
    if status < 0 or not isinstance(found, dict):
        return 4 if status in (0, 1, 3) or status < 0 else status, None
    return status, found


def note_error(results: Results, what: str, status: int, found: dict[str, Any] | None) -> None:
    """What went wrong as a whole; a target's own error is told of that target."""
    error = (found or {}).get("error")
    if error and not any(target.get("error") == error for target in results.targets()):
        results.remarks.append(Remark("error", f"edgewise {what}", error, fails=True))
    elif status not in (0, 1, 3) and not error:
        words = f"ended with status {status}; the log has its words"
        results.remarks.append(Remark("error", f"edgewise {what}", words, fails=True))


def run_all(folder: Path, results: Results) -> int:
    """The status is check's; what else was asked for and could not be done is remarked upon."""
    words = check_words()
    more = {"fingerprint": asked_for("fingerprint"), "bench": asked_for("bench")}
    if more["bench"] and given("speaks") not in ("", "echo"):
        raise Trouble(2, f"bench compares with {BENCH_BASE}, which echoes: not with 'speaks'")
    junit = ["--junit", str(folder / "junit.xml")]
    status, results.check = run_json(["check", *words, *junit], folder / "check.json")
    note_error(results, "check", status, results.check)
    if status in (2, 4, 130, 143):
        return status
    if more["fingerprint"]:
        done, results.fingerprint = run_json(
            ["fingerprint", *target_words()], folder / "fingerprint.json"
        )
        note_error(results, "fingerprint", done, results.fingerprint)
    if more["bench"]:
        done, results.bench = run_json(
            ["bench", BENCH_BASE, *target_words()], folder / "bench.json"
        )
        note_error(results, "bench", done, results.bench)
    return status


# ---- telling ----


def page(folder: Path, form: str, name: str) -> str:
    """The results as edgewise report shows them; empty where it cannot."""
    words = [edgewise(), "report", "--partial", "--format", form, "--out", str(folder / name)]
    done = subprocess.run(
        [*words, str(folder / "check.json")],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if done.returncode:
        annotate("warning", "edgewise report", done.stderr.strip())
    return (folder / name).read_text(encoding="utf-8") if (folder / name).exists() else ""


def table_of(rows: list[dict[str, str]]) -> str:
    heads = list(rows[0])
    lines = [[escaped.text(str(row.get(head, ""))) for head in heads] for row in rows]
    lines = [[escaped.text(head) for head in heads], ["---"] * len(heads), *lines]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def markdown_of(results: Results, verdict: str, page_text: str, told: list[Remark]) -> str:
    parts = [f"## edgewise: {verdict}\n"]
    if told:
        parts += [
            f"- {MARKS[one.kind]} {escaped.text(one.about)}: {escaped.text(one.words)}"
            for one in told
        ]
        parts.append("")
    fingerprints = ((results.fingerprint or {}).get("result") or {}).get("fingerprints", [])
    rows = [found["row"] for found in fingerprints if "row" in found]
    if rows:
        parts += ["### Fingerprint\n", table_of(rows)]
    comparisons = ((results.bench or {}).get("result") or {}).get("comparisons", [])
    if comparisons:
        parts += [
            "### CPU an echo\n",
            table_of(
                [
                    {
                        "target": row["name"],
                        f"of {BENCH_BASE}'s": f"{row['ratio']:.2f}",
                        "95 % interval": f"{row['low']:.2f} to {row['high']:.2f}",
                    }
                    for row in comparisons
                ]
            ),
        ]
    # One heading of the first level is a page's own.
    return "\n".join(parts) + "\n" + page_text.replace("# What", "### What", 1) + "\n"


def judge(status: int, results: Results) -> int:
    """edgewise's status, but that the baseline may know what it does not, and the reverse."""
    if status in (0, 1):
        return 1 if any(remark.fails for remark in results.remarks) else 0
    return status


def compare(results: Results, new: dict[str, Any]) -> tuple[int, dict[str, Any] | None]:
    """0 and the baseline, if there is one; what differs is remarked upon."""
    if not given("baseline"):
        return 0, None
    try:
        baseline = read_baseline(Path(given("baseline")))
    except Trouble as trouble:
        results.remarks.append(Remark("error", "edgewise", str(trouble), fails=True))
        return trouble.status, None
    results.remarks += differences(baseline, new)
    return 0, baseline


def write_outputs(status: int, verdict: str, results: Results, folder: Path) -> None:
    counts = results.counts()
    badge = json.dumps(badge_of(verdict, counts))
    (folder / "badge.json").write_text(badge + "\n")
    for name, value in {"verdict": verdict, "status": str(status), "badge": badge}.items():
        output(name, value)
    for name, word in COUNTED.items():
        output(word, str(counts[name]))


def tell(status: int, results: Results, folder: Path) -> int:
    new = baseline_of(results)
    (folder / "baseline.json").write_text(json.dumps(new, indent=2, sort_keys=True) + "\n")
    trouble, baseline = compare(results, new)
    others = list(results.remarks)
    results.remarks += verdict_remarks(results, baseline)
    status = judge(max(status, trouble), results)
    verdict = verdict_of(status, results.counts())
    file = given("target") if Path(given("target") or "/").is_file() else ""
    for remark in results.remarks:
        annotate(remark.kind, remark.about, remark.words, file)
    page_text = ""
    if results.targets():
        page(folder, "html", "report.html")
        page_text = page(folder, "markdown", "report.md")
    # Without the page's own list of findings, the remarks are all there is.
    summary(markdown_of(results, verdict, page_text, others if page_text else results.remarks))
    write_outputs(status, verdict, results, folder)
    return status


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    results = Results()
    try:
        folder = Path(tempfile.mkdtemp(prefix="edgewise-", dir=needed("RUNNER_TEMP")))
        output("results", str(folder))
        return tell(run_all(folder, results), results, folder)
    except Interrupted as why:
        annotate("error", "edgewise", "interrupted; its results are not whole")
        return 128 + int(why.args[0])
    except OSError as error:
        raise Trouble(4, f"{error.filename or 'a file'}: {error.strerror}") from error


if __name__ == "__main__":
    step(main)
