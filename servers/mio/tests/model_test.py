"""Explores the model of the queue and the awakener, wholly: model_test.py MODEL VARIANT

VARIANT is `as-built` (nothing may be found), `relaxed` (without sequential consistency: a lost
wake-up must be found) or `form-2017` (a write between reset and announcement must be found).  Needs
spin and a C compiler.
"""

import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77

# The options for spin, and what the verifier's report must contain.
VARIANTS: dict[str, tuple[list[str], list[str]]] = {
    "as-built": ([], ["errors: 0"]),
    "relaxed": (["-DRELAXED"], ["invalid end state", "errors: 1"]),
    "form-2017": (["-DFORM_2017"], ["assertion violated announced", "errors: 1"]),
}


def run(command: list[str], folder: str) -> str:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=280, check=False
    )
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def explore(model: str, options: list[str]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        run(["spin", "-a", *options, model], folder)
        run(["cc", "-O2", "-w", "-DSAFETY", "-DCOLLAPSE", "-o", "pan", "pan.c"], folder)
        return run(["./pan", "-m100000"], folder)


def main() -> int:
    model, variant = sys.argv[1:]
    for tool in ("spin", "cc"):
        if not shutil.which(tool):
            print(f"skipped: {tool} is not installed (on Debian ci/setup brings it)")
            return SKIPPED
    options, expected = VARIANTS[variant]
    report = explore(model, options)
    print(report)
    missing = [text for text in expected if text not in report]
    # An unfinished search proves nothing; one that found what it should stops there.
    if variant == "as-built" and (
        "Search not completed" in report or "max search depth too small" in report
    ):
        missing.append("a completed search")
    for text in missing:
        print(f"the report lacks: {text}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
