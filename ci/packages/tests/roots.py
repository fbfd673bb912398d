"""Throw-away roots: a Debian of its own for each stranger, or a folder with glibc and nothing else.

Nothing of this tree is mounted there; what a root is given is copied.  A command runs with /proc of
its own in namespaces of its own, so that its mounts and its processes end with it.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tarfile
import tempfile
from pathlib import Path

# In a root nothing of this machine's environment is there.
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
ENVIRONMENT |= {"HOME": "/root", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
GLIBC_LIST = "./var/lib/dpkg/info/libc6:{}.list"


def why_not() -> str | None:
    """Why no root can be made here."""
    if os.geteuid() != 0:
        return "only root can change into another root"
    if not shutil.which("mmdebstrap"):
        return "mmdebstrap is missing; ci/setup --with packages brings it"
    if "ID=debian" not in Path("/etc/os-release").read_text().split():
        return "the roots are made of Debian's packages as this machine reaches them: no Debian"
    tried = subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "true"], capture_output=True, text=True
    )
    return f"no namespaces can be made: {tried.stderr.strip()}" if tried.returncode else None


def make_base(archive: Path) -> None:
    """The least Debian that has apt, by the sources of this machine; kept from run to run."""
    if archive.exists():
        return
    sources = Path("/etc/apt/sources.list.d/debian.sources")
    if not sources.exists():
        sources = Path("/etc/apt/sources.list")
    release = dict(
        line.split("=", 1)
        for line in Path("/etc/os-release").read_text().splitlines()
        if "=" in line
    )
    unfinished = archive.with_name(archive.name + ".new")
    command = ["mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", "--format=tar"]
    subprocess.run(
        [*command, release["VERSION_CODENAME"], str(unfinished), str(sources)], check=True
    )
    unfinished.rename(archive)


class Root:
    """A folder that is / for what runs in it; gone when the block ends."""

    def __init__(self) -> None:
        self.temporary = tempfile.TemporaryDirectory(prefix="edgewise-root-")
        self.folder = Path(self.temporary.name)

    def __enter__(self) -> Root:
        return self

    def __exit__(self, *_: object) -> None:
        self.temporary.cleanup()

    def path(self, inside: str) -> Path:
        return self.folder / inside.lstrip("/")

    def give(self, file: Path, inside: str) -> None:
        self.path(inside).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, self.path(inside))

    def run(self, *command: str, status: int = 0, seconds: float = 300) -> str:
        """What the command said on both outputs; its status must be as expected."""
        inside = ["chroot", str(self.folder), *command]
        done = subprocess.run(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
            + [f"--mount-proc={self.path('/proc')}", *inside],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=ENVIRONMENT,
            timeout=seconds,
        )
        if done.returncode != status:
            raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout}")
        return done.stdout


class DebianRoot(Root):
    def __init__(self, base: Path) -> None:
        super().__init__()
        subprocess.run(["tar", "-C", self.folder, "-xf", base], check=True)
        self.give(Path("/etc/resolv.conf"), "/etc/resolv.conf")


class GlibcRoot(Root):
    """What Debian's package libc6 puts where the loader looks, /proc, /tmp and /dev/null."""

    def __init__(self, base: Path, architecture: str) -> None:
        super().__init__()
        with tarfile.open(base) as archive:
            listed = archive.extractfile(GLIBC_LIST.format(architecture))
            assert listed
            wanted = [line for line in listed.read().decode().split() if line.startswith("/lib")]
            for member in archive:
                # Debian's /lib is a link to /usr/lib.
                inside = member.name.removeprefix(".").removeprefix("/usr")
                if inside in wanted and inside.count("/") > 1 and not member.isdir():
                    member.name = inside.lstrip("/")
                    archive.extract(member, self.folder)
        for folder in ("proc", "tmp", "dev"):
            self.path(folder).mkdir()
        os.mknod(self.path("dev/null"), 0o666 | stat.S_IFCHR, os.makedev(1, 3))
