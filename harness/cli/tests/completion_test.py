"""What the shells complete, asked in the shells themselves: completion_test.py EDGEWISE.

The sets are those that --help and --list tell.
"""

from __future__ import annotations

import functools
import os
import pty
import re
import select
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import ClassVar

from command import DEADLINE_S, EDGEWISE, result_of, run

BASH = """
source "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_edgewise
((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}"
"""

# What would be offered goes into a file instead, and a line behind it says that it was all.
ZSH = """
PS1=''
autoload -Uz compinit
compinit -u -D
source {script}
compadd() {{
    local -a hits
    [[ -n $inserts || ${{@[1,(i)(-|--)]}} == *-[OAD]* ]] && {{ builtin compadd "$@"; return }}
    builtin compadd -O hits "$@"
    (($#hits)) && print -rl -- $hits >> {out}
    return 0
}}
told() {{ _edgewise "$@"; [[ -n $inserts ]] || print -- ':end' >> {out} }}
compdef told edgewise
# With `inserts` the line as it then is, when ^B asks for it.
show() {{ print -rl -- "$BUFFER" ':end' >> {out} }}
zle -N show
bindkey '^B' show
PATH={path}:$PATH
cd {folder}
print -- ':end' >> {out}
"""


@functools.cache
def options_in_help(command: str) -> set[str]:
    text = run("help", command).stdout
    return set(re.findall(r"^  (?:-\w, )?(--[\w-]+)", text, re.MULTILINE))


@functools.cache
def commands() -> list[str]:
    return re.findall(r"^  (\w+) +\S", run("--help").stdout, re.MULTILINE)


def ids(kind: str) -> set[str]:
    return {one["id"] for one in result_of("list")[1]["result"][kind]}


def need(shell: str) -> None:
    if not shutil.which(shell):
        raise unittest.SkipTest(f"no {shell} here; ci/setup brings it")


class Words(unittest.TestCase):
    """What is common to all shells: the answers of edgewise completion --words."""

    def offered(self, *words: str) -> tuple[set[str], bool]:
        lines = run("completion", "--words", "--", *words).stdout.splitlines()
        found = {line.partition("\t")[0] for line in lines}
        return found - {":files"}, ":files" in found

    def test_every_word_comes_with_what_it_means(self) -> None:
        lines = run("completion", "--words", "--", "check", "--case", "").stdout.splitlines()
        self.assertIn("integrity-empty\tan empty datagram comes back empty", lines)
        self.assertEqual({line.count("\t") for line in lines}, {1})

    def test_a_value_is_one_of_the_words_that_its_help_names(self) -> None:
        for words, wanted in (
            (["check", "--scale"], {"quick", "full"}),
            (["report", "--format"], {"html", "markdown"}),
            (["init", "--ready"], {"echo", "port", "stdout:REGEX"}),
            (["flood", "--rate"], {"max"}),
            (["flood", "--count"], set()),
            (["check", "--require"], {"fairness", "loopsafe"}),
            (["check", "--when-full"], {"drop", "pause"}),
        ):
            with self.subTest(words=words):
                self.assertEqual(self.offered(*words, ""), (wanted, False))

    def test_wherever_help_names_words_they_are_offered(self) -> None:
        named: dict[str, tuple[str, str]] = {}
        for command in commands():
            text = run("help", command).stdout
            for option, words in re.findall(r"^  (--[\w-]+) ([a-z]+(?:\|[a-z]+)+) ", text, re.M):
                named[option] = (command, words)
        self.assertLessEqual({"--batch", "--format", "--scale", "--when-full"}, named.keys())
        for option, (command, words) in named.items():
            with self.subTest(option=option):
                self.assertEqual(self.offered(command, option, ""), (set(words.split("|")), False))

    def test_a_value_is_what_some_table_has(self) -> None:
        chapters = {one["chapter"] for one in result_of("check", "--list")[1]["result"]["cases"]}
        self.assertEqual(self.offered("check", "--case", "")[0], ids("case") | chapters)
        self.assertEqual(self.offered("check", "--skip", "")[0], ids("case") | chapters)
        self.assertEqual(self.offered("flood", "--speaks", "")[0], ids("protocol"))
        if "scenario" in result_of("list")[1]["result"]:
            self.assertEqual(self.offered("fingerprint", "--scenario", "")[0], ids("scenario"))
            self.assertLessEqual(ids("scenario"), self.offered("trace", "--scenario", "")[0])
            runs = self.offered("trace", "--scenario", "starvation.")[0]
            self.assertIn("starvation.first-start", runs)
        listed = run("explain", "--list").stdout.splitlines()
        self.assertEqual(self.offered("explain", "")[0], {line.split()[0] for line in listed})
        self.assertIn("wildcard", self.offered("check", "--claim", "")[0])
        schemas = {one["id"] for one in result_of("schema")[1]["result"]["schemas"]}
        self.assertEqual(self.offered("schema", ""), (schemas, False))
        self.assertEqual(self.offered("completion", ""), ({"bash", "fish", "zsh"}, False))

    def test_a_target_is_a_server_a_group_or_a_file(self) -> None:
        servers = result_of("list")[1]["result"]["servers"]
        wanted = {one["name"] for one in servers} | {one["group"] for one in servers}
        self.assertEqual(self.offered("check", ""), (wanted, True))
        self.assertEqual(self.offered("bench", "--baseline", "echo-po")[0], {"echo-poll"})
        self.assertEqual(self.offered("report", ""), (set(), True))
        self.assertEqual(self.offered("flood", "--replay", ""), (set(), True))

    def test_what_is_behind_two_dashes_is_no_option(self) -> None:
        self.assertEqual(self.offered("check", "--", "--")[0], set())
        self.assertEqual(self.offered("check", "--", "--scale", "")[0] & {"quick"}, set())

    def test_what_belongs_to_a_server_is_its_own(self) -> None:
        self.assertIn("echo-poll", self.offered("serve", "")[0])
        self.assertEqual(self.offered("serve", "echo-poll", "--"), (set(), False))

    def test_nothing_stands_behind_an_unknown_command(self) -> None:
        self.assertEqual(self.offered("nonesuch", ""), (set(), False))
        self.assertEqual(self.offered(), self.offered(""))


class Shell:
    """The same questions to each shell; `offered` is how one is asked."""

    shell: ClassVar[str]
    folder: ClassVar[Path]
    script: ClassVar[Path]

    @classmethod
    def setUpClass(cls) -> None:
        need(cls.shell)
        cls.folder = Path(tempfile.mkdtemp())
        cls.script = cls.folder / "script"
        cls.script.write_text(run("completion", cls.shell).stdout)
        (cls.folder / "results.json").touch()

    @classmethod
    def tearDownClass(cls) -> None:
        shutil.rmtree(cls.folder)

    def offered(self, line: str) -> set[str]:
        raise NotImplementedError

    def equal(self, line: str, wanted: set[str]) -> None:
        found = self.offered(line)
        assert found == wanted, f"{line!r}: {sorted(found ^ wanted)} are here or there alone"

    def test_commands(self) -> None:
        self.equal("edgewise ", {*commands(), "help", "--help", "--version"})
        self.equal("edgewise ch", {"check"})
        self.equal("edgewise help ", set(commands()))

    def test_the_options_of_each_command_are_those_of_its_help(self) -> None:
        for command in commands():
            wanted = options_in_help(command)
            assert "--json" in wanted, command
            self.equal(f"edgewise {command} --", wanted)

    def test_values(self) -> None:
        self.equal("edgewise check echo-poll --scale ", {"quick", "full"})
        self.equal("edgewise check --case loop-a", {"loop-answer"})
        self.equal("edgewise check --speaks mem", {"memcached"})
        if "fingerprint" in commands():
            self.equal("edgewise fingerprint --carrier ", {"preload", "supervise", "both"})
            self.equal("edgewise trace --carrier ", {"preload", "supervise"})
        self.equal("edgewise flood --nonesuch=", set())

    def test_values_that_are_joined_to_their_option(self) -> None:
        self.equal("edgewise report --scale=f", {self.joined("--scale=", "full")})
        self.equal("edgewise report --out=res", {self.joined("--out=", "results.json")})

    def joined(self, option: str, value: str) -> str:
        return option + value

    def test_files(self) -> None:
        self.equal("edgewise report res", {"results.json"})
        self.equal("edgewise report --out res", {"results.json"})
        self.equal("edgewise check echo-po", {"echo-poll"})
        self.equal("edgewise check results", {"results.json"})


class Bash(Shell, unittest.TestCase):
    shell = "bash"

    def offered(self, line: str) -> set[str]:
        # As readline divides it, by COMP_WORDBREAKS.
        words = [part for word in line.split(" ") for part in re.findall(r"[=:]|[^=:]+|^$", word)]
        if line[-1] == "=":
            words.append("")
        done = subprocess.run(
            ["bash", "--norc", "-c", BASH, "bash", self.script, str(EDGEWISE), *words[1:]],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
        )
        assert done.returncode == 0 and not done.stderr, done.stderr
        return set(done.stdout.splitlines())

    def joined(self, option: str, value: str) -> str:
        return value  # bash replaces what is behind the = alone


class Fish(Shell, unittest.TestCase):
    shell = "fish"

    def offered(self, line: str) -> set[str]:
        asked = f"source {self.script}; complete -C {shlex.quote(line)}"
        env = os.environ | {"PATH": f"{EDGEWISE.parent}:{os.environ['PATH']}"}
        done = subprocess.run(
            ["fish", "--no-config", "-c", asked],
            cwd=self.folder,
            env=env,
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
        )
        assert done.returncode == 0 and not done.stderr, done.stderr
        return {one.partition("\t")[0] for one in done.stdout.splitlines()}


class Zsh(Shell, unittest.TestCase):
    """In a terminal of its own, since only its line editor completes."""

    shell = "zsh"
    process: ClassVar[subprocess.Popen[bytes]]
    terminal: ClassVar[int]
    out: ClassVar[int]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        os.mkfifo(cls.folder / "out")
        cls.out = os.open(cls.folder / "out", os.O_RDWR)  # so that it does not end with a writer
        setup = cls.folder / "setup"
        setup.write_text(
            ZSH.format(
                script=cls.script, out=cls.folder / "out", path=EDGEWISE.parent, folder=cls.folder
            )
        )
        cls.terminal, theirs = pty.openpty()
        env = os.environ | {"TERM": "dumb", "HOME": str(cls.folder)}
        cls.process = subprocess.Popen(
            ["zsh", "-f", "-i"], stdin=theirs, stdout=theirs, stderr=theirs, env=env,
            start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        cls.told(f"source {setup}\n")

    @classmethod
    def tearDownClass(cls) -> None:
        cls.process.kill()
        cls.process.wait()
        os.close(cls.terminal)
        os.close(cls.out)
        super().tearDownClass()

    @classmethod
    def told(cls, typed: str) -> list[str]:
        """What zsh writes when this is typed, up to its line ":end"."""
        found, shown = b"", b""
        os.write(cls.terminal, typed.encode())
        while not found.endswith(b":end\n"):
            ready, _, _ = select.select([cls.out, cls.terminal], [], [], DEADLINE_S)
            assert ready, f"zsh says nothing to {typed!r}: {shown!r}"
            found += os.read(cls.out, 1 << 16) if cls.out in ready else b""
            shown += os.read(cls.terminal, 1 << 16) if cls.terminal in ready else b""
        return found.decode().splitlines()[:-1]

    def offered(self, line: str) -> set[str]:
        return set(self.told(f"\x15{line}\t"))  # ^U empties the line

    def test_values_that_are_joined_to_their_option(self) -> None:
        os.write(self.terminal, b"\x15inserts=yes\n")
        for begun, whole in (("--scale=f", "--scale=full "), ("--out=res", "--out=results.json ")):
            found = self.told(f"\x15edgewise report {begun}\t\x02")
            self.assertEqual(found, [f"edgewise report {whole}"])
        os.write(self.terminal, b"\x15inserts=\n")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
