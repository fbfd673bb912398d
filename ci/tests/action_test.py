"""The steps of action.yml, in the environment that GitHub documents: action_test.py EDGEWISE
MUTANT."""

from __future__ import annotations

import hashlib
import http.server
import json
import os
import signal
import subprocess
import sys
import tarfile
import tempfile
import threading
import unittest
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "action"))

import get
from result_json import parsed
from runner import ACTION, DEADLINE_S, Step, commands, environment, run_step

EDGEWISE, MUTANT = sys.argv[1:3]
RIGHT = f"'{EDGEWISE}' serve echo-poll --port {{port}}"
HOSTILE = "50%`<b>|\n::error title=x::injected\r\n::set-env name=PATH::x"


class Case(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def check(self, folder: Path | None = None, **inputs: str) -> Step:
        more = {f"INPUT_{name.upper()}": value for name, value in inputs.items()}
        more["INPUT_FOLDER"] = str(folder or Path(EDGEWISE).parents[1])
        return run_step(self.folder, ["check.py"], more)

    def get(self, word: str, **inputs: str) -> Step:
        more = {f"INPUT_{name.upper()}": value for name, value in inputs.items()}
        server = more.pop("INPUT_SERVER", "http://127.0.0.1:1")
        return run_step(self.folder, ["get.py", word], more | {"GITHUB_SERVER_URL": server})


class Real(Case):
    """With edgewise itself."""

    def test_a_right_server_passes(self) -> None:
        step = self.check(command=RIGHT, name="mine", cases="integrity-empty, order-freeze")
        self.assertEqual((step.status, step.commands), (0, []), step.printed)
        self.assertEqual(
            {name: step.outputs[name] for name in ("verdict", "status", "passed", "failed")},
            {"verdict": "PASS", "status": "0", "passed": "2", "failed": "0"},
        )
        badge = json.loads(step.outputs["badge"])
        self.assertEqual(badge, step.json("badge.json"))
        self.assertEqual((badge["schemaVersion"], badge["message"]), (1, "2 passed"))
        self.assertIn('<testcase classname="mine" name="order-freeze"', step.file("junit.xml"))
        self.assertIn("## edgewise: PASS", step.summary)

    def test_a_failing_one_is_annotated_and_a_baseline_of_it_lets_it_be(self) -> None:
        inputs = {"target": MUTANT, "cases": "integrity-empty order-freeze"}
        step = self.check(None, **inputs)
        self.assertEqual((step.status, step.outputs["verdict"]), (1, "FAIL"), step.printed)
        (said,) = step.said("error")
        self.assertRegex(
            said, r"^swaps order-freeze: FAIL\nexpected: .*\nseen: .*\nagain: edgewise"
        )
        (error,) = step.commands
        self.assertEqual(error.properties["file"], MUTANT)
        baseline = str(Path(step.outputs["results"]) / "baseline.json")
        step = self.check(None, **inputs, baseline=baseline)
        self.assertEqual((step.status, step.outputs["verdict"]), (0, "PASS"), step.printed)
        self.assertRegex(step.said("notice")[0], "(?s)swaps order-freeze: FAIL.*as in the baseline")

    def test_a_command_that_does_not_start_is_told(self) -> None:
        step = self.check(command="/nonexistent/server {port}", cases="integrity-empty")
        self.assertEqual((step.status, step.outputs["verdict"]), (4, "ERROR"))
        self.assertEqual(
            step.said("error"), ["server: server: cannot be started: No such file or directory"]
        )
        self.assertEqual(json.loads(step.outputs["badge"])["message"], "could not run")
        self.assertIn("could not run", step.summary)

    def test_what_a_server_prints_is_no_command(self) -> None:
        words = "printf '::error::in%sjected\\n::set-output name=verdict::PASS\\n' '' >&2; exit 1"
        step = self.check(command=f'sh -c "{words}" {{port}}', name=HOSTILE)
        self.assertEqual(step.status, 4)
        self.assertEqual({one.kind for one in step.commands}, {"error"})
        self.assertEqual(len(step.commands), 1, step.printed)
        self.assertEqual(step.commands[0].properties["title"], HOSTILE)

    def test_inputs_are_words_and_no_shell_reads_them(self) -> None:
        step = self.check(
            command=f"{RIGHT} $(touch made) `touch made`; touch made", cases="integrity-empty"
        )
        self.assertNotEqual(step.status, 0)
        self.assertEqual(list((self.folder / "workspace").iterdir()), [])

    def test_a_fingerprint_that_was_asked_for_is_shown_and_kept(self) -> None:
        if not sys.platform.startswith("linux"):
            self.skipTest("fingerprints need Linux")
        step = self.check(command=RIGHT, name="mine", cases="integrity-empty", fingerprint="true")
        self.assertEqual(step.status, 0, step.printed)
        self.assertIn("### Fingerprint\n\n| target | ", step.summary)
        self.assertIn("fingerprint", step.json("baseline.json")["targets"]["mine"])
        for command in ("check", "fingerprint"):
            self.assertEqual(parsed(step.file(f"{command}.json"))["command"], command)


def row(case: str, verdict: str, **more: Any) -> dict[str, Any]:
    fault = verdict in ("FAIL", "WEAK")
    return {
        "case": case,
        "verdict": verdict,
        "expected": "what is right" if fault else None,
        "seen": "what was not" if fault else None,
        "reason": None,
        "again": "edgewise check again",
    } | more


def envelope(*rows: dict[str, Any], name: str = "mine", **more: Any) -> dict[str, Any]:
    shown = [{"id": one["case"], "chapter": "c", "title": "t", "statement": "s"} for one in rows]
    target = {"name": name, "word": "w", "summary": "", "cases": list(rows)}
    failed = any(one["verdict"] == "FAIL" and not one.get("as_known") for one in rows)
    return {
        "format": 1,
        "edgewise": "0.1.0",
        "command": "check",
        "status": int(failed),
        "outcome": "ok",
        "partial": False,
        "error": None,
        "seed": 1,
        "cases": [],
        "result": {"scale": "quick", "targets": [target], "catalogue": shown},
    } | more


# Writes the envelope that the test wants, and makes pages with the real one if that is wanted.
STAND_IN = """#!/bin/sh
if [ "$1" = report ]; then exec {report} "$@"; fi
echo "$@" >>'{folder}/words'
while [ "$1" != --json ]; do shift; done
cat '{folder}/answer' >"$2"
{ends}
"""


class StandIn(Case):
    """With a program in edgewise's place, where a verdict is to be had at will."""

    def answer(
        self, found: dict[str, Any] | str, ends: str = "", report: str = "true", **inputs: str
    ) -> Step:
        text = found if isinstance(found, str) else json.dumps(found)
        program = self.folder / "stand-in/bin/edgewise"
        program.parent.mkdir(parents=True, exist_ok=True)
        status = found["status"] if isinstance(found, dict) else 1
        words = STAND_IN.format(report=report, folder=self.folder, ends=ends or f"exit {status}")
        program.write_text(words)
        program.chmod(0o755)
        (self.folder / "answer").write_text(text)
        return self.check(program.parents[1], **({"command": "x {port}"} | inputs))

    def baseline(self, found: Any) -> str:
        path = self.folder / "baseline.json"
        path.write_text(found if isinstance(found, str) else json.dumps(found))
        return str(path)

    def test_weak_is_a_warning_and_passes(self) -> None:
        step = self.answer(envelope(row("a", "PASS"), row("b", "WEAK")))
        self.assertEqual((step.status, step.outputs["verdict"]), (0, "WEAK"))
        self.assertEqual(len(step.said("warning")), 1)
        badge = json.loads(step.outputs["badge"])
        self.assertEqual((badge["message"], badge["color"]), ("1 passed, 1 weak", "yellow"))

    def test_what_is_as_known_is_a_notice_and_what_is_not_an_error(self) -> None:
        known = {"known": "FAIL: why", "as_known": True}
        step = self.answer(envelope(row("a", "PASS"), row("b", "FAIL", **known)))
        self.assertEqual((step.status, len(step.said("notice"))), (0, 1), step.printed)
        known["as_known"] = False
        step = self.answer(envelope(row("b", "PASS", **known), status=1))
        self.assertEqual((step.status, len(step.said("error"))), (1, 1))

    def test_the_options_are_those_of_edgewise(self) -> None:
        self.answer(
            envelope(row("a", "PASS")),
            speaks="dns:zone=e.",
            sockets="2",
            cases="a,b",
            skip="c",
            require="fairness loopsafe",
            args="--scale full --claim 'x y'",
        )
        words = (self.folder / "words").read_text()
        self.assertIn(
            "check --exec x {port} --speaks dns:zone=e. --sockets 2 --case a --case b --skip c"
            " --require fairness --require loopsafe --scale full --claim x y --junit ",
            words,
        )

    def test_hostile_names_stay_text(self) -> None:
        rows = [row(HOSTILE, "FAIL", seen=HOSTILE, again=HOSTILE), row("\ud800", "PASS")]
        step = self.answer(json.dumps(envelope(*rows, name=HOSTILE)), report=EDGEWISE)
        self.assertEqual(step.status, 1, step.printed)
        self.assertEqual([one.kind for one in step.commands if one.kind != "warning"], ["error"])
        self.assertEqual(step.commands[0].properties["title"], f"{HOSTILE} {HOSTILE}")
        step = self.answer(envelope(rows[0], name=HOSTILE), report=EDGEWISE)
        for line in step.summary.splitlines():
            self.assertNotRegex(line, r"^::|^injected|(?<!\\)<b>(?!.*`)")
        for line in step.summary.splitlines():
            if line.startswith("| 50"):
                self.assertEqual(line.replace("\\|", "").count("|"), 3, line)

    def test_a_summary_has_at_most_what_github_shows(self) -> None:
        rows = [row(f"case-{i}", "FAIL", seen="ä" * 3000) for i in range(300)]
        step = self.answer(envelope(*rows), report=EDGEWISE)
        self.assertLessEqual(len(step.summary.encode()), 1024 * 1024)
        self.assertIn("Cut here", step.summary[-200:])
        self.assertEqual(len(step.said("error")), 300)

    def test_worse_than_the_baseline_fails_and_better_is_told(self) -> None:
        old = {"format": 1, "targets": {"mine": {"cases": {"a": "PASS", "b": "WEAK", "c": "FAIL"}}}}
        rows = [row("a", "WEAK"), row("b", "PASS"), row("c", "FAIL")]
        step = self.answer(envelope(*rows), baseline=self.baseline(old))
        self.assertEqual((step.status, step.outputs["verdict"]), (1, "FAIL"), step.printed)
        self.assertEqual(step.said("error"), ["mine a: was PASS in the baseline, is WEAK now"])
        self.assertIn("mine b: was WEAK in the baseline, is PASS now", step.said("notice"))

    def test_no_baseline_and_a_wrong_one_are_told(self) -> None:
        good = envelope(row("a", "PASS"))
        for content in ("{", "[]", '{"format": 1, "targets": {"mine": {"cases": 7}}}', "{}"):
            with self.subTest(content=content):
                step = self.answer(good, baseline=self.baseline(content))
                self.assertEqual((step.status, step.outputs["verdict"]), (2, "ERROR"))
                self.assertIn("one to commit", step.said("error")[0])
        step = self.answer(good, baseline=str(self.folder / "none.json"))
        self.assertIn("No such file or directory", step.said("error")[0])

    def test_a_result_that_was_not_written_is_an_error(self) -> None:
        for ends, status in (("exit 4", 4), ("kill -9 $$", -9)):
            with self.subTest(ends=ends):
                step = self.answer('{"form', ends=ends)
                self.assertNotEqual(step.status, 0)
                self.assertEqual(step.outputs["verdict"], "ERROR")
                self.assertEqual(len(step.said("error")), 1, step.printed)

    def test_wrong_inputs_are_told_before_anything_runs(self) -> None:
        for inputs, says in (
            ({"command": ""}, "which server"),
            ({"target": "x.json"}, "which server"),
            ({"args": "'"}, "args: No closing quotation"),
            ({"bench": "yes"}, "neither true nor false"),
            ({"bench": "true", "speaks": "dns:zone=e."}, "not with 'speaks'"),
        ):
            with self.subTest(inputs=inputs):
                step = self.answer(envelope(row("a", "PASS")), **inputs)
                self.assertEqual(step.status, 2)
                self.assertRegex(step.said("error")[0], says)
        self.assertFalse((self.folder / "words").exists())

    def test_a_full_disk_is_told(self) -> None:
        if not Path("/dev/full").exists():
            self.skipTest("there is no /dev/full")
        program = self.folder / "stand-in/bin/edgewise"
        self.answer(envelope(row("a", "PASS")))
        env = environment(self.folder, {"INPUT_COMMAND": "x", "GITHUB_STEP_SUMMARY": "/dev/full"})
        done = subprocess.run(
            [sys.executable, ACTION / "check.py"],
            env=env | {"INPUT_FOLDER": str(program.parents[1])},
            capture_output=True,
            text=True,
        )
        self.assertEqual(done.returncode, 4)
        self.assertIn("/dev/full (GITHUB_STEP_SUMMARY): No space left", done.stdout)

    def test_an_interruption_is_passed_on(self) -> None:
        """The stand-in says that it is there, and ends when it is told to."""
        self.answer(envelope(row("a", "PASS")))
        program = self.folder / "stand-in/bin/edgewise"
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        program.write_text(
            f"#!/bin/sh\nexec 9<>'{pipe}'\ntrap 'echo ended; exit 143' TERM\n"
            "echo there\nread nothing <&9\n"
        )
        env = environment(self.folder, {"INPUT_COMMAND": "x"})
        with subprocess.Popen(
            [sys.executable, str(ACTION / "check.py")],
            env=env | {"INPUT_FOLDER": str(program.parents[1])},
            stdout=subprocess.PIPE,
            text=True,
        ) as step:
            assert step.stdout
            while step.stdout.readline() != "there\n":
                pass
            step.send_signal(signal.SIGTERM)
            rest = step.communicate(timeout=DEADLINE_S)[0]
        self.assertEqual(step.returncode, 143)
        self.assertIn("ended\n", rest)


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


class Releases(Case):
    """A release server on loopback, as GITHUB_SERVER_URL names one."""

    def setUp(self) -> None:
        super().setUp()
        self.site = self.folder / "site"
        handler = lambda *words: Quiet(*words, directory=str(self.site))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.url = f"http://127.0.0.1:{server.server_address[1]}"

    def publish(self, version: str, inside: str = "bin/edgewise") -> Path:
        name = get.package_name(version)
        folder = self.site / f"me/edgewise/releases/download/v{version}"
        folder.mkdir(parents=True)
        program = self.folder / "program"
        program.write_text("#!/bin/sh\necho it\n")
        program.chmod(0o755)
        with tarfile.open(folder / name, "w:gz") as archive:
            archive.add(program, f"edgewise-{version}/{inside}")
        content = (folder / name).read_bytes()
        sums = f"{'0' * 64}  other.deb\n{hashlib.sha256(content).hexdigest()}  {name}\n"
        (folder / "SHA256SUMS").write_text(sums)
        return folder / name

    def release(self, **inputs: str) -> Step:
        return self.get("release", **({"repository": "me/edgewise", "server": self.url} | inputs))

    def test_the_release_of_the_action_s_tag_is_taken(self) -> None:
        self.publish(get.own_version())
        step = self.release(ref="v1")
        self.assertEqual((step.status, step.outputs["found"]), (0, "true"), step.printed)
        self.assertTrue((Path(step.outputs["folder"]) / "bin/edgewise").exists())
        self.assertEqual(self.release(ref="main").outputs["found"], "false")
        self.assertEqual(self.release(ref="v1", version="source").outputs["found"], "false")

    def test_without_a_package_it_is_built_unless_one_was_named(self) -> None:
        step = self.release(ref="v1")
        self.assertEqual((step.status, step.outputs["found"]), (0, "false"))
        self.assertIn("404", step.said("notice")[0])
        self.assertRegex(step.outputs["key"], r"^edgewise-[\w.-]+-[0-9a-f]{32}$")
        step = self.release(version="v9.9.9")
        self.assertEqual((step.status, "found" in step.outputs), (4, False))
        self.assertIn("no package of edgewise 9.9.9", step.said("error")[0])
        step = self.get("release", repository="me/edgewise", version="9.9.9")
        self.assertIn("Connection refused", step.said("error")[0])

    def test_a_package_of_another_sum_is_never_used(self) -> None:
        archive = self.publish(get.own_version())
        archive.write_bytes(archive.read_bytes() + b"x")
        step = self.release(ref="v1")
        self.assertEqual(step.status, 4)
        self.assertIn("damaged or was exchanged", step.said("error")[0])
        self.assertFalse((self.folder / "temp/edgewise").exists())

    def test_a_package_of_something_else_is_refused(self) -> None:
        self.publish("1.2.3", inside="bin/else")
        step = self.release(version="1.2.3")
        self.assertIn("has no bin/edgewise", step.said("error")[0])

    def test_versions_and_repositories_are_names_and_no_paths(self) -> None:
        for inputs in ({"version": "../../x"}, {"version": "1.2.3", "repository": "a/b/../c"}):
            with self.subTest(inputs=inputs):
                self.assertEqual(self.release(**inputs).status, 2)


class Runner(unittest.TestCase):
    def test_the_tests_runner_obeys_nothing_between_stop_and_token(self) -> None:
        text = "::stop-commands::t\n::error::x\n::t::\n::error title=a%2Cb::c%0Ae\n"
        (found,) = commands(text)
        self.assertEqual((found.properties, found.words), ({"title": "a,b"}, "c\ne"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
