#!/usr/bin/env python3
"""Brings edgewise for action.yml, into $RUNNER_TEMP/edgewise: get.py release | build | tools.

  release   the package of the release that the action is of, or that INPUT_VERSION names; writes
            the outputs `found` and `folder`, and `key`, under which a build is cached
  build     of the action's own tree
  tools     what a run needs beside the package

A package is taken only if its SHA-256 is the one in the release's SHA256SUMS.
Exit status: 0, 2 an input is wrong, 4 it cannot be had.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from github import Trouble, annotate, given, needed, output, say, step

ROOT = Path(__file__).resolve().parents[2]
VERSION = re.compile(r"v?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)")
DEADLINE_S = 60
PACKAGE_BYTES_MOST = 256 * 1024 * 1024
# What a build is made of; what else changes does not make another one.
PARTS = ("CMakeLists.txt", "servers", "harness", "bench/goals.json", "man", "ci/setup")


class NotThere(Exception):
    """There is no such release, or no package of it for this machine."""


def folder() -> Path:
    return Path(needed("RUNNER_TEMP")) / "edgewise"


def own_version() -> str:
    found = re.search(r"project\(edgewise VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())
    assert found
    return found.group(1)


def wanted_version() -> str | None:
    """None: build.  A branch is not what some release was made of, so only a tag brings one."""
    asked = given("version")
    if asked == "source":
        return None
    if not asked:
        return own_version() if re.fullmatch(r"v\d[\w.-]*", given("ref")) else None
    found = VERSION.fullmatch(asked)
    if not found:
        raise Trouble(
            2, f"version: '{asked}' is neither a version such as {own_version()} nor" " 'source'"
        )
    return found.group(1)


# ---- a released package ----


def package_name(version: str) -> str:
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine(), platform.machine())
    return f"edgewise-{version}-{platform.system().lower()}-{machine}.tar.gz"


def fetch(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=DEADLINE_S) as answer:
            content: bytes = answer.read(PACKAGE_BYTES_MOST + 1)
    except urllib.error.HTTPError as error:
        raise NotThere(f"{url}: {error.code} {error.reason}") from error
    except OSError as error:
        raise NotThere(f"{url}: {getattr(error, 'reason', error)}") from error
    if len(content) > PACKAGE_BYTES_MOST:
        raise Trouble(4, f"{url}: more than {PACKAGE_BYTES_MOST} bytes, which no package has")
    return content


def listed_sum(sums: bytes, name: str) -> str:
    """As sha256sum(1) writes it: the sum, a blank, a blank or a star, the name."""
    for line in sums.decode("utf-8", "replace").splitlines():
        found = re.fullmatch(r"([0-9a-f]{64}) [ *](?:\./)?(.+)", line)
        if found and found.group(2) == name:
            return found.group(1)
    raise NotThere(f"SHA256SUMS of the release does not list {name}")


def unpack(archive: Path, into: Path) -> None:
    into.mkdir(parents=True, exist_ok=True)
    words = ["tar", "-xzf", str(archive), "-C", str(into), "--strip-components=1"]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise Trouble(4, f"cannot unpack {archive.name}: {done.stderr.strip()}")
    if not os.access(into / "bin/edgewise", os.X_OK):
        raise Trouble(4, f"{archive.name} has no bin/edgewise: no package of edgewise")


def install(version: str) -> None:
    repository = given("repository")
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        raise Trouble(
            2, f"'{repository}' is no repository that releases could be of; use" " version: source"
        )
    server = os.environ.get("GITHUB_SERVER_URL") or "https://github.com"
    where = f"{server}/{repository}/releases/download/v{version}"
    name = package_name(version)
    expected = listed_sum(fetch(f"{where}/SHA256SUMS"), name)
    content = fetch(f"{where}/{name}")
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise Trouble(
            4,
            f"{name} has the SHA-256 {found}, and SHA256SUMS says {expected}: it is"
            " damaged or was exchanged, and is not used",
        )
    archive = Path(needed("RUNNER_TEMP")) / name
    archive.write_bytes(content)
    unpack(archive, folder())
    archive.unlink()
    say(f"edgewise {version}, a released package")


def release() -> int:
    version = wanted_version()
    found = False
    try:
        if version:
            install(version)
            found = True
    except NotThere as why:
        if given("version"):
            raise Trouble(4, f"no package of edgewise {version}: {why}") from why
        annotate("notice", "edgewise", f"no released package, so it is built: {why}")
    output("found", str(found).lower())
    output("folder", str(folder()))
    output("key", cache_key())
    return 0


# ---- a build ----


def system_name() -> str:
    try:
        said = Path("/etc/os-release").read_text()
    except OSError:
        return platform.platform()
    return "-".join(re.findall(r'^(?:ID|VERSION_ID)="?([\w.]+)"?$', said, re.MULTILINE))


def cache_key() -> str:
    content = hashlib.sha256()
    for part in PARTS:
        paths = [ROOT / part] if (ROOT / part).is_file() else sorted((ROOT / part).rglob("*"))
        for path in paths:
            if path.is_file() and "__pycache__" not in path.parts:
                content.update(f"{path.relative_to(ROOT)}\0{path.stat().st_size}\0".encode())
                content.update(path.read_bytes())
    return f"edgewise-{system_name()}-{platform.machine()}-{content.hexdigest()[:32]}"


def run(*words: str) -> None:
    say("::group::" + " ".join(words))
    status = subprocess.run(words, stdin=subprocess.DEVNULL).returncode
    say("::endgroup::")
    if status:
        raise Trouble(4, f"{' '.join(words)}: exit status {status}; the log has its words")


def build() -> int:
    into = str(Path(needed("RUNNER_TEMP")) / "edgewise-build")
    run(str(ROOT / "ci/setup"), "--only", "build")
    run(
        "cmake",
        "-S",
        str(ROOT),
        "-B",
        into,
        "-G",
        "Ninja",
        "-DCMAKE_BUILD_TYPE=Release",
        "-DBUILD_TESTING=OFF",
        f"-DCMAKE_INSTALL_PREFIX={folder()}",
    )
    run("cmake", "--build", into)
    run("cmake", "--install", into)
    return 0


def tools() -> int:
    """Without them the page is not made, which is no reason not to check."""
    try:
        run(str(ROOT / "ci/setup"), "--only", "run")
    except Trouble as trouble:
        annotate("warning", "edgewise", f"no page of the results: {trouble}")
    return 0


STEPS = {"release": release, "build": build, "tools": tools}

if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in STEPS:
        sys.exit(__doc__)
    step(STEPS[sys.argv[1]])
