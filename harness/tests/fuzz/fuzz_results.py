"""Result files, which edgewise report reads: fuzz_results.py EDGEWISE FOUND [--seconds N] [--seed
N]

libFuzzer is for C; this changes true results of edgewise at random, as a tree and as bytes,
and wants a page or one line that says what is wrong, never a traceback.  An input that breaks it is
kept in the folder FOUND.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Iterator

from made_results import bench, noisy
from result_json import parsed

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "report"))

from contents import report_of  # noqa: E402
from reading import BadInput  # noqa: E402
from report import TEMPLATES, render  # noqa: E402

VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    1e308,
    10**30,
    "",
    "x" * 5000,
    "\0",
    "\ud800",
    "<script>",
    "{{ 7 * 7 }}",
    "PASS",
    [],
    {},
    [[]],
]
# A page takes twenty times as long as reading.
PAGES = 0.1

try:
    import jinja2  # noqa: F401

    FORMS = list(TEMPLATES)
except ImportError:
    FORMS = []  # it is read all the same


def places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Every container of the tree with every key or index of it."""
    for key in (
        list(tree) if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    ):
        yield tree, key
        yield from places(tree[key])


def changed_tree(chance: random.Random, true: Any) -> bytes:
    tree = copy.deepcopy(true)
    for _ in range(chance.randint(1, 3)):
        holder, key = chance.choice(list(places(tree)) or [([0], 0)])
        how = chance.randrange(4)
        if how == 0:
            del holder[key]
        elif how == 1 and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        else:
            holder[key] = copy.deepcopy(chance.choice(VALUES))
    return json.dumps(tree, ensure_ascii=chance.random() < 0.9).encode("utf-8", "surrogatepass")


def changed_bytes(chance: random.Random, true: bytes) -> bytes:
    data = bytearray(true)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data))
        if chance.random() < 0.5:
            data[at] = chance.randrange(256)
        else:
            del data[at : at + chance.choice((1, 10, 1000))]
        if not data:
            break
    return bytes(data)


def is_taken(path: Path, take_partial: bool, forms: list[str]) -> bool:
    """A page, or what is wrong in one line; whatever else is raised is the finding."""
    try:
        report = report_of([str(path)], take_partial)
        for form in forms:
            render(report, form).encode()
    except BadInput as wrong:
        assert str(wrong).startswith(str(path)), wrong
        return False
    return True


def true_results(edgewise: str) -> list[bytes]:
    """A check and a flood that were run, and a bench that need not be."""
    return [
        subprocess.run(
            [edgewise, *words, "--json", "-"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ).stdout
        for words in (
            ["check", "echo-poll", "--case", "integrity-empty", "--case", "integrity-one-byte"],
            ["flood", "echo-poll", "--count", "100"],
        )
    ] + [json.dumps(bench({"one": noisy(5000), "two": noisy(6000)})).encode()]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("edgewise")
    parser.add_argument("found", type=Path)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**9)
    given = parser.parse_args()
    print(f"seed {given.seed}; {'pages, too' if FORMS else 'no jinja2 here: read only'}")

    trues = true_results(given.edgewise)
    chance = random.Random(given.seed)
    counts = {True: 0, False: 0}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "result.json"
        for true in trues:
            file.write_bytes(true)
            assert is_taken(file, False, FORMS), "a true result is none"
        end = time.monotonic() + given.seconds
        while time.monotonic() < end:
            true = chance.choice(trues)
            if chance.random() < 0.8:
                data = changed_tree(chance, parsed(true))
            else:
                data = changed_bytes(chance, true)
            file.write_bytes(data)
            try:
                counts[
                    is_taken(file, chance.random() < 0.5, FORMS if chance.random() < PAGES else [])
                ] += 1
            except BaseException:
                given.found.mkdir(parents=True, exist_ok=True)
                (given.found / "results-crash.json").write_bytes(data)
                raise
    print(f"{counts[True]} taken, {counts[False]} refused")
    return 0 if all(counts.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
