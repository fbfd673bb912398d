"""Results of edgewise as the tests read them: JSON to the letter, and as its schema says.

add_script_test() puts this folder on the path of every test.
"""

from __future__ import annotations

import functools
import importlib
import json
import sys
from pathlib import Path
from typing import Any

SCHEMAS = Path(__file__).resolve().parents[1] / "cli/schemas"


def refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def strictly(text: str | bytes) -> Any:
    """Without NaN and Infinity, which Python would take."""
    return json.loads(text, parse_constant=refuse_constant)


def whole(name: str) -> Any:
    """The schema with those that it refers to inside, as CMake puts them together, too."""
    text = (SCHEMAS / f"{name}.json").read_text()
    inside: dict[str, str] = {}
    for other in ("bench", "check", "envelope"):
        found = [text, *inside.values()]
        if not any(f'"{other}.json' in one for one in found):
            continue
        inner = (SCHEMAS / f"{other}.json").read_text().replace('"#/', f'"#/$defs/{other}/')
        found = [
            one.replace(f'"{other}.json#', f'"#/$defs/{other}').replace(
                f'"{other}.json', f'"#/$defs/{other}'
            )
            for one in found
        ]
        text, inside = found[0], dict(zip(inside, found[1:])) | {other: inner}
    schema = json.loads(text)
    if inside:
        schema["$defs"] = {other: json.loads(one) for other, one in inside.items()} | schema[
            "$defs"
        ]
    for other in inside:
        del schema["$defs"][other]["$schema"]
    return schema


def validator(name: str) -> Any:
    """None, and said once, where there is no jsonschema."""
    try:
        return importlib.import_module("jsonschema").Draft202012Validator(whole(name))
    except ImportError:
        print(f"not held against the schema {name}: python3-jsonschema is missing", file=sys.stderr)
        return None


def leaves(error: Any) -> list[Any]:
    """What is wrong at the ends, where one of several schemas should have been right."""
    return [leaf for inner in error.context for leaf in leaves(inner)] or [error]


def mistakes(name: str, found: Any) -> list[str]:
    """Where it is not as the schema says, and why."""
    judge = validator(name)
    return [
        f"{'/'.join(map(str, leaf.absolute_path))}: {leaf.message[-300:]}"
        for error in (judge.iter_errors(found) if judge else [])
        for leaf in leaves(error)
    ]


def judged(found: dict[str, Any]) -> dict[str, Any]:
    """The same, if it is as the schema of its command says."""
    wrong = mistakes(found["command"], found)
    assert not wrong, f"no result of edgewise {found['command']}: {wrong}"
    return found


def parsed(text: str | bytes) -> dict[str, Any]:
    """What a command wrote with --json."""
    return judged(strictly(text))
