"""Every test that README.md names exists: originals_test.py FOLDER"""

import re
import sys
from pathlib import Path

FOLDER = Path(sys.argv[1])


def main() -> None:
    named = re.findall(
        r"\| (\w+_test): (\w+) \|$", (FOLDER / "README.md").read_text(), re.MULTILINE
    )
    assert len(named) > 40, f"only {len(named)} rows were understood"
    for file, test in named:
        assert re.search(
            rf"cmocka_unit_test\w*\(\s*{test}\b", (FOLDER / f"{file}.c").read_text()
        ), f"{file}.c has no test {test}"
    print(len(named), "tests of the originals have one of ours")


main()
