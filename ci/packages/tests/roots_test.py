"""The packages of a release, installed and used by a stranger in throw-away roots:
roots_test.py RELEASE-FOLDER BASE.tar.

RELEASE-FOLDER is what ci/release made; the base is made the first time.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from roots import DebianRoot, GlibcRoot, Root, make_base, why_not

PACKAGES = Path(__file__).resolve().parents[1]
ARCHITECTURE = subprocess.run(
    ["dpkg", "--print-architecture"], check=True, capture_output=True, text=True
).stdout.strip()
ARCHIVE = f"*linux-{os.uname().machine}.tar.gz"
CHECK = "check echo-poll --case integrity"
# One rpm that stands for the system: what the libraries in a root provide, and Python.
SYSTEM_SPEC = """Name: system
Version: 1
Release: 1
Summary: what is in the root
License: none
BuildArch: noarch
Provides: python3 python3-jinja2 python3-matplotlib rtld(GNU_HASH)
{provides}
%description
%files
"""


def the_one(pattern: str) -> Path:
    (found,) = FOLDER.glob(pattern)
    return found


def is_elf(file: Path) -> bool:
    """Others are links out of the root, and texts for the linker."""
    return file.is_file() and file.read_bytes()[:4] == b"\x7fELF"


def use(root: Root, edgewise: str = "edgewise") -> None:
    """List, check, flood and fingerprint, from wherever the program lies."""
    said = root.run(edgewise, "list")
    assert re.search(r"^  echo-poll +\S", said, re.MULTILINE), said
    said = root.run(edgewise, *CHECK.split(), "--json", "/tmp/result.json")
    assert re.search(r"integrity\S* +PASS|PASS +integrity", said), said
    root.run(edgewise, "flood", "echo-poll", "--count", "1000")
    root.run(edgewise, "fingerprint", "echo-poll")


def report(root: Root, edgewise: str = "edgewise") -> None:
    root.run(edgewise, "report", "/tmp/result.json", "--out", "/tmp/page.html")
    page = root.path("/tmp/page.html").read_text()
    assert "integrity" in page and page.rstrip().endswith("</html>")


class Deb(unittest.TestCase):
    root: DebianRoot

    @classmethod
    def setUpClass(cls) -> None:
        cls.root = DebianRoot(BASE)
        cls.addClassCleanup(cls.root.__exit__)

    def test_1_three_lines_bring_a_verdict(self) -> None:
        name = the_one(f"*_{ARCHITECTURE}.deb").name
        self.root.give(FOLDER / name, f"/root/{name}")
        lines = ["apt-get update", f"apt-get install -y /root/{name}", f"edgewise {CHECK}"]
        begun = time.monotonic()
        for line in lines:
            said = self.root.run(*shlex.split(line))
        print(f"three lines to the first verdict: {time.monotonic() - begun:.1f} s")
        self.assertIn("PASS", said)

    def test_2_all_of_it_is_there(self) -> None:
        use(self.root)
        report(self.root)

    def test_3_who_removes_it_is_rid_of_it(self) -> None:
        files = [self.root.path(line) for line in self.root.run("dpkg", "-L", "edgewise").split()]
        self.assertTrue(any(file.name == "edgewise" and file.is_file() for file in files))
        self.root.run("apt-get", "purge", "-y", "edgewise")
        self.assertEqual([file for file in files if file.is_file() or file.is_symlink()], [])

    def test_4_the_rpm_in_its_place(self) -> None:
        """The root still has libjansson and Python, as a system of rpms would."""
        self.assertIn("libjansson.so.4", self.rpm("--install", the_one("*.rpm"), status=1))
        with tempfile.TemporaryDirectory() as folder:
            self.rpm("--install", self.system_rpm(Path(folder)))
        self.rpm("--install", the_one("*.rpm"))
        use(self.root)
        report(self.root)
        files = [self.root.path(line) for line in self.rpm("-ql", "edgewise").split()]
        self.rpm("--erase", "edgewise")
        self.assertEqual([file for file in files if file.is_file() or file.is_symlink()], [])

    def test_5_the_archive_makes_the_page_where_python_is(self) -> None:
        unpack(self.root, "/opt")
        program = f"/opt/{the_one(ARCHIVE).name.removesuffix('.tar.gz')}/bin/edgewise"
        use(self.root, program)
        report(self.root, program)

    def rpm(self, *words: str | Path, status: int = 0) -> str:
        done = subprocess.run(
            ["rpm", "--root", self.root.folder, "--dbpath", "/var/lib/rpm", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.assertEqual(done.returncode, status, done.stdout)
        return done.stdout

    def system_rpm(self, folder: Path) -> Path:
        found = [file for file in self.root.path("/usr/lib").rglob("*.so*") if is_elf(file)]
        provided = subprocess.run(
            ["/usr/lib/rpm/elfdeps", "--provides"],
            input="".join(f"{file}\n" for file in found),
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split("\n")
        provides = "\n".join(f"Provides: {name}" for name in sorted(set(provided)) if name)
        (folder / "system.spec").write_text(SYSTEM_SPEC.format(provides=provides))
        words: list[str | Path] = [
            "rpmbuild",
            "-bb",
            "--define",
            f"_topdir {folder}",
            folder / "system.spec",
        ]
        subprocess.run(words, check=True, capture_output=True)
        (made,) = folder.glob("RPMS/noarch/*.rpm")
        return made


def unpack(root: Root, inside: str) -> None:
    root.path(inside).mkdir(parents=True, exist_ok=True)
    subprocess.run(["tar", "-C", root.path(inside), "-xzf", the_one(ARCHIVE)], check=True)


class Archive(unittest.TestCase):
    def test_it_runs_where_only_glibc_is_and_wherever_it_lies(self) -> None:
        name = the_one(ARCHIVE).name.removesuffix(".tar.gz")
        with GlibcRoot(BASE, ARCHITECTURE) as root:
            unpack(root, "/a place")
            use(root, f"/a place/{name}/bin/edgewise")
            root.path(f"/a place/{name}").rename(root.path("/moved"))
            use(root, "/moved/bin/edgewise")
            said = root.run("/moved/bin/edgewise", "report", "/tmp/result.json", status=4)
            self.assertIn("install Python 3 and jinja2", said)


class Container(unittest.TestCase):
    def test_its_steps_in_a_root(self) -> None:
        """What is copied and what is run, as the Containerfile has it."""
        recipe = (PACKAGES / "Containerfile").read_text()
        (copied,) = re.findall(r"^COPY (.+)$", recipe, re.MULTILINE)
        (step,) = re.findall(r"^RUN (.+)$", recipe, re.MULTILINE)
        *files, to = copied.split()
        with DebianRoot(BASE) as root:
            for pattern in files:
                name = pattern.rpartition("/")[2]
                for file in [*FOLDER.glob(name), *PACKAGES.glob(name)]:
                    root.give(file, f"{to}{file.name}")
            root.run(*shlex.split(step))
            use(root)
            report(root)
            self.assertFalse(root.path(to).exists())


if __name__ == "__main__":
    FOLDER, BASE = Path(sys.argv[1]), Path(sys.argv[2])
    reason = why_not()
    if reason is None and not FOLDER.exists():
        reason = f'{FOLDER} is not there; the test "release" makes it'
    if reason:
        print(f"skipped: {reason}")
        sys.exit(77)
    make_base(BASE)
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2)
