"""The examples of docs/examples, built by a stranger against an unpacked release and checked:
examples_test.py RELEASE-FOLDER.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[3] / "docs" / "examples"
# Go's runtime does not live on in a process that forks after it was loaded, which this case does.
GO_SKIPS = ["--skip", "lifecycle-starts"]


class Examples(unittest.TestCase):
    folder: Path
    edgewise: Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(tempfile.mkdtemp(prefix="edgewise-examples-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        (archive,) = RELEASE.glob(f"*linux-{os.uname().machine}.tar.gz")
        subprocess.run(["tar", "-C", cls.folder, "-xzf", archive], check=True)
        (cls.edgewise,) = cls.folder.glob("*/bin/edgewise")

    def check(self, plugin: str, *words: str) -> None:
        command: list[str | Path] = [self.edgewise, "check", self.folder / plugin, *words]
        done = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def build(self, tool: str, *words: str | Path) -> None:
        if not shutil.which(tool):
            self.skipTest(f"{tool} is missing; ci/setup --with packages brings it")
        environment = {**os.environ, "GOCACHE": str(self.folder / "go")}
        subprocess.run([tool, *words], cwd=self.folder, env=environment, check=True)

    def test_rust(self) -> None:
        options = ["-O", "--crate-type=cdylib", "-C", "panic=abort", "-o", "my-echo-rust.so"]
        self.build("rustc", *options, EXAMPLES / "my_echo.rs")
        self.check("my-echo-rust.so")

    def test_go(self) -> None:
        mode = ["build", "-buildmode=c-shared", "-o", "my-echo-go.so"]
        self.build("go", *mode, EXAMPLES / "my_echo.go")
        self.check("my-echo-go.so", *GO_SKIPS)


if __name__ == "__main__":
    RELEASE = Path(sys.argv[1])
    if not RELEASE.exists():
        print(f'skipped: {RELEASE} is not there; the test "release" makes it')
        sys.exit(77)
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=2)
