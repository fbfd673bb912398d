"""The pages of bench: parts, each under a title of its own and made by a command of its own."""

from __future__ import annotations

import re
from pathlib import Path

# The version of our own servers' rows.
OURS = "edgewise"


def parts(page: Path) -> dict[str, str]:
    """What stands there, by title."""
    text = page.read_text() if page.exists() else ""
    found = [part.strip("\n") + "\n" for part in re.split(r"^(?=# )", text, flags=re.MULTILINE)]
    return {part.splitlines()[0]: part for part in found if part.strip()}


def put(page: Path, text: str) -> None:
    """In place of what stands under the same title, or at the end."""
    page.write_text(
        "\n".join((parts(page) | {text.splitlines()[0]: text.strip("\n") + "\n"}).values())
    )


def put_row(page: Path, title: str, cells: list[str]) -> None:
    """In place of the row of the same name in that part's table, or nowhere."""
    made = f"| {' | '.join(cells)} |"
    rows = parts(page)[title].splitlines()
    put(page, "\n".join(made if row.startswith(f"| {cells[0]} |") else row for row in rows))


def lines(part: str) -> list[list[str]]:
    """The cells of its first table: the head's, then what divides it from the rows, then theirs."""
    found = part.partition("\n|")[2].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in found]


def rows(part: str) -> list[list[str]]:
    """The cells of its first table, without the head."""
    return lines(part)[2:]


def with_others(before: list[list[str]], now: list[list[str]], known: set[str]) -> list[list[str]]:
    """Rows by the names in their first cells: beside the new ones, as they were, those of known
    targets that are not among them.  Ours come first."""
    kept = {cells[0]: cells for cells in before if cells[0] in known}
    kept |= {cells[0]: cells for cells in now}
    return sorted(kept.values(), key=lambda cells: (cells[1] != OURS, f"{cells[0]}.json"))


def head(part: str) -> list[str]:
    return lines(part)[0] if lines(part) else []


def words(part: str) -> list[str]:
    """What stands above its first table, below its title: paragraphs and bullets, each on one
    line."""
    text = part.partition("\n|")[0].partition("\n")[2]
    blocks = re.split(r"\n\n|\n(?=- )", text)
    return [" ".join(block.removeprefix("- ").split()) for block in map(str.strip, blocks) if block]
