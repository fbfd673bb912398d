"""ci/release: what it refuses, and that it makes the same bytes twice: release_test.py OUT ARM64.

The two are made in clones at different paths, with another time zone, language and umask.  OUT is
left with one of them, which the other tests use.  ARM64 is the folder of ci/cross-arm64.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
LINT = ROOT / "ci" / "packages" / "rpmlint.toml"
VERSION = re.findall(r"project\(edgewise VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())[0]
# Another machine, as far as a program can tell from its environment.
ELSEWHERE = {"TZ": "Pacific/Auckland", "LC_ALL": "C.UTF-8", "USER": "else"}


def release(tree: Path, *words: str | Path, env: dict[str, str] = {}, umask: int = 0o022) -> str:
    done = run_release(tree, *words, env=env, umask=umask)
    assert done.returncode == 0, done.stdout
    return done.stdout


def run_release(
    tree: Path, *words: str | Path, env: dict[str, str] = {}, umask: int = 0o022
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [tree / "ci" / "release", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **env},
        umask=umask,
    )


def sums(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}


class Release(unittest.TestCase):
    folder: Path
    first: Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(tempfile.mkdtemp(prefix="edgewise-release-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.first = cls.folder / "first"
        subprocess.run(["git", "clone", "-q", "--no-hardlinks", ROOT, cls.first], check=True)

    def clone(self, name: str) -> Path:
        """All of the same commit, whatever is committed meanwhile."""
        where = self.folder / name
        subprocess.run(["git", "clone", "-q", "--no-hardlinks", self.first, where], check=True)
        return where

    def refused(self, tree: Path, *words: str | Path) -> str:
        done = run_release(tree, *words)
        self.assertEqual(done.returncode, 1, done.stdout)
        return done.stdout

    def test_1_built_twice_it_is_the_same_bytes(self) -> None:
        shutil.rmtree(OUT, ignore_errors=True)
        what: list[str | Path] = ["--snapshot", "--arm64", ARM64]
        release(self.clone("one"), VERSION, *what, "--out", OUT)
        other = self.folder / "made elsewhere"
        tree = self.clone("two/a longer way")
        home = {"HOME": str(self.folder / "home")}
        release(tree, VERSION, *what, "--out", other, env=ELSEWHERE | home, umask=0o077)
        self.assertEqual(sums(OUT), sums(other))
        self.assertGreaterEqual(len(sums(OUT)), 9)

    def test_2_its_sums_are_right(self) -> None:
        subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=OUT, check=True)
        told = {line.split()[1] for line in (OUT / "SHA256SUMS").read_text().splitlines()}
        self.assertEqual(told, set(sums(OUT)) - {"SHA256SUMS"})

    def test_2_the_source_is_all_that_is_committed(self) -> None:
        archive = OUT / f"edgewise-{VERSION}.tar.gz"
        listed = subprocess.run(
            ["tar", "-tzf", archive], check=True, capture_output=True, text=True
        )
        files = [line.split("/", 1)[1] for line in listed.stdout.split() if line[-1] != "/"]
        tracked = subprocess.run(
            ["git", "ls-tree", "-r", "--name-only", "HEAD"],
            cwd=self.first,
            check=True,
            capture_output=True,
            text=True,
        )
        self.assertEqual(sorted(files), sorted(tracked.stdout.splitlines()))

    def test_2_lintian_finds_nothing(self) -> None:
        words: list[str | Path] = [
            "lintian",
            "--allow-root",
            "--fail-on",
            "error,warning",
            *OUT.glob("*.deb"),
        ]
        done = subprocess.run(words, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)

    def test_2_rpmlint_finds_nothing(self) -> None:
        words: list[str | Path] = ["rpmlint", "-c", LINT, *OUT.glob("*.rpm")]
        done = subprocess.run(words, capture_output=True, text=True)
        self.assertIn(" 0 errors, 0 warnings", done.stdout)

    def test_2_the_archive_for_arm64_runs_in_qemu(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            name = f"edgewise-{VERSION}-linux-aarch64"
            subprocess.run(["tar", "-C", folder, "-xzf", OUT / f"{name}.tar.gz"], check=True)
            emulator: list[str | Path] = ["qemu-aarch64-static", "-L", ARM64 / "sysroot"]
            command = [*emulator, Path(folder) / name / "bin" / "edgewise", "list"]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            self.assertRegex(done.stdout, r"(?m)^  echo-poll +\S")

    def test_2_the_formula_is_ruby(self) -> None:
        formula = OUT / "edgewise.rb"
        subprocess.run(["ruby", "-c", formula], check=True, capture_output=True)
        text = formula.read_text()
        self.assertIn(sums(OUT)[f"edgewise-{VERSION}.tar.gz"], text)
        self.assertNotRegex(text, r"@[A-Z0-9]+@")

    def test_2_an_archive_that_needs_more_than_glibc_is_told(self) -> None:
        """One symbol more than an old glibc has, and a library that is not glibc's."""
        with tempfile.TemporaryDirectory() as folder:
            name = f"edgewise-{VERSION}-linux-{os.uname().machine}.tar.gz"
            subprocess.run(["tar", "-C", folder, "-xzf", OUT / name], check=True)
            shutil.copy(sys.executable, Path(folder) / "python")
            check: list[str | Path] = [ROOT / "ci" / "packages" / "only-glibc", folder]
            done = subprocess.run([*check, "2.33"], capture_output=True, text=True)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertRegex(done.stdout, r"bin/edgewise needs dlopen of glibc 2\.34")
            self.assertRegex(done.stdout, r"python needs lib(z|expat|python)\S*")

    def test_3_what_it_refuses(self) -> None:
        tree = self.clone("three")
        self.assertIn("CMakeLists.txt says", self.refused(tree, "99.0.0"))
        self.assertIn("--changelog writes it", self.refused(tree, VERSION))
        self.assertIn("is not empty", self.refused(tree, VERSION, "--snapshot", "--out", tree))
        self.assertEqual(run_release(tree).returncode, 2)
        self.assertEqual(run_release(tree, VERSION, "--fast").returncode, 2)

    def test_3_the_changelog_is_given_the_version(self) -> None:
        tree = self.clone("four")
        before = (tree / "CHANGELOG.md").read_text()
        release(tree, VERSION, "--changelog")
        after = (tree / "CHANGELOG.md").read_text()
        heading = re.findall(
            rf"\n## Unreleased\n\n(## {re.escape(VERSION)} - \d+-\d+-\d+\n)", after
        )
        self.assertEqual(after.replace(f"\n{heading[0]}", "", 1), before)
        self.assertIn("already", self.refused(tree, VERSION, "--changelog"))


if __name__ == "__main__":
    OUT, ARM64 = Path(sys.argv[1]), Path(sys.argv[2])
    missing = [
        t for t in ("rpmbuild", "rpmlint", "lintian", "ruby", "ninja") if not shutil.which(t)
    ]
    if missing:
        print(f"skipped: {', '.join(missing)} missing; ci/setup --with packages brings them")
        sys.exit(77)
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2)
