"""edgewise compare and edgewise merge on results whose figures are known: TEST EDGEWISE."""

from __future__ import annotations

import copy
import json
import unittest
from pathlib import Path
from typing import Any

from command import Case, result_of, run
from made_results import NOISE, ResultFiles, bench, noisy
from result_json import mistakes, parsed


class Files(ResultFiles, Case):
    def compared(self, a: dict[str, Any], b: dict[str, Any], *words: str) -> tuple[int, Any]:
        return result_of("compare", self.file("a.json", a), self.file("b.json", b), *words)

    def relations(self, result: Any) -> dict[str, str]:
        return {one["name"]: one["relation"] for one in result["comparisons"]}


class Compare(Files):
    def test_a_result_compared_with_itself_says_cannot_tell_of_all(self) -> None:
        a = bench({"one": noisy(5000), "two": noisy(7000), "three": noisy(100)})
        status, found = self.compared(a, a)
        self.assertEqual(status, 0)
        self.assertEqual(
            self.relations(found["result"]), dict.fromkeys(("one", "two", "three"), "cannot tell")
        )
        for one in found["result"]["comparisons"]:
            self.assertEqual(one["ratio"], 1)
            self.assertLessEqual(one["low"], 1)
            self.assertGreaterEqual(one["high"], 1)
        self.assertEqual({case["verdict"] for case in found["cases"]}, {"PASS"})

    def test_a_bench_that_was_run_is_no_slower_than_itself(self) -> None:
        a = self.folder / "a.json"
        run("bench", "echo-poll", "--rounds", "6", "--sample-ms", "5", "--json", str(a))
        for row in parsed(a.read_text())["result"]["ranking"]:
            if row["valid"] == 0:
                self.skipTest("the machine spoiled each sample")
        status, found = result_of("compare", str(a), str(a))
        self.assertEqual(
            (status, self.relations(found["result"])), (0, {"echo-poll": "cannot tell"})
        )

    def test_what_was_made_slower_is_slower_and_the_other_way_round_faster(self) -> None:
        a = bench({"same": noisy(5000), "moved": noisy(5000)})
        b = bench({"same": noisy(5010), "moved": noisy(5750)})
        status, found = self.compared(a, b)
        self.assertEqual(status, 1)
        self.assertEqual(
            self.relations(found["result"]), {"same": "cannot tell", "moved": "slower"}
        )
        (moved,) = [one for one in found["result"]["comparisons"] if one["name"] == "moved"]
        self.assertAlmostEqual(moved["ratio"], 1.15)
        self.assertTrue(1.12 < moved["low"] < 1.15 < moved["high"] < 1.18)
        self.assertEqual([one["verdict"] for one in found["cases"]], ["PASS", "FAIL"])
        status, found = self.compared(b, a)
        self.assertEqual(status, 0)
        self.assertEqual(
            self.relations(found["result"]), {"same": "cannot tell", "moved": "faster"}
        )

    def test_what_is_below_the_noise_of_both_machines_is_not_told(self) -> None:
        """1.1 * 1.1 - 1 is 21 %, and 1.05 * 1.05 - 1 is 10.25 %."""
        a, b = {"one": noisy(5000)}, {"one": noisy(5750)}
        for floor, relation in ((0.10, "cannot tell"), (0.05, "slower")):
            _, found = self.compared(bench(a, floor=floor), bench(b, floor=floor))
            self.assertAlmostEqual(found["result"]["noise_floor"], (1 + floor) ** 2 - 1)
            self.assertEqual(self.relations(found["result"]), {"one": relation})

    def test_few_samples_tell_nothing_and_none_is_invalid(self) -> None:
        spoiled: list[float | None] = [None] * 5
        a = bench({"few": noisy(5000), "none": noisy(5000)})
        b = bench({"few": noisy(9000)[:5] + spoiled, "none": [None] * 10})
        status, found = self.compared(a, b)
        self.assertEqual(status, 3)
        (few,) = found["result"]["comparisons"]
        self.assertEqual(
            (few["relation"], few["samples_a"], few["samples_b"]), ("cannot tell", 10, 5)
        )
        self.assertAlmostEqual(few["low"], 9000 * min(NOISE[:5]) / (5000 * max(NOISE)))
        b_path = str(self.folder / "b.json")
        self.assertEqual(found["result"]["invalid"], [{"name": "none", "file": b_path}])
        self.assertEqual([case["verdict"] for case in found["cases"]], ["PASS", "INVALID"])
        said = run("compare", str(self.folder / "a.json"), b_path).stdout
        self.assertIn("cannot tell from 10 and 5 valid samples; it takes 6", said)

    def test_targets_of_one_file_alone_are_listed(self) -> None:
        a = bench({"both": noisy(5000), "gone": noisy(5000)})
        b = bench({"new": noisy(5000), "both": noisy(5000)})
        status, found = self.compared(a, b)
        self.assertEqual(status, 0)
        only = {one["name"]: Path(one["file"]).name for one in found["result"]["only"]}
        self.assertEqual(only, {"gone": "a.json", "new": "b.json"})
        status, found = self.compared(bench({"x": noisy(1)}), bench({"y": noisy(1)}))
        self.assertEqual(status, 2)
        self.assertIn("no target is in both", found["error"])

    def test_other_machines_kernels_sizes_and_settings_are_refused_unless_forced(self) -> None:
        rows = {"one": noisy(5000)}
        changes: list[tuple[dict[str, Any], str, str]] = [
            (
                {"machine": {"kernel": "Linux 6.2.0"}},
                "kernel",
                "kernel: Linux 6.1.0 and Linux 6.2.0",
            ),
            ({"machine": {"cpu": None}}, "processor", "processor: a processor and unknown"),
            ({"machine": {"cpus": 4}}, "processors", "processors: 2 and 4"),
            ({"machine": {"governor": "powersave"}}, "governor", "governor: unknown and powersave"),
            ({"machine": {"machine": "aarch64"}}, "architecture", "architecture: x86_64 and"),
            ({"config": {"size": 1400}}, "size", "size: 64 and 1400"),
            ({"config": {"sample_s": 0.1}}, "seconds of a sample", "0.3 and 0.1"),
            ({"config": {"window": 1}}, "window", "window: 32 and 1"),
            ({"config": {"server_cpu": None}}, "the server's processor", "1 and unknown"),
            (
                {"config": {"settings": {"sockets": "10"}}},
                "settings",
                'settings: .* and {"sockets":',
            ),
        ]
        for more, what, words in changes:
            with self.subTest(what=what):
                a, b = bench(rows), bench(rows, **more)
                status, found = self.compared(a, b)
                self.assertEqual(status, 2)
                self.assertRegex(found["error"], f"not to be compared: .*{words}.*--force")
                self.assertEqual([one["what"] for one in found["result"]["differs"]], [what])
                self.assertEqual(found["result"]["comparisons"], [])
                status, found = self.compared(a, b, "--force")
                self.assertEqual(status, 0)
                self.assertEqual([one["what"] for one in found["result"]["differs"]], [what])
                self.assertEqual(self.relations(found["result"]), {"one": "cannot tell"})

    def test_of_a_machine_that_was_not_the_same_nobody_can_tell_unless_forced(self) -> None:
        """1.25 times is as far as a floor may move: 150 to 180 ns is less, to 190 ns more."""
        a = bench({"one": noisy(5000)}, line=150)
        for line, relation, moved in ((180, "slower", []), (190, "cannot tell", ["190 ns"])):
            with self.subTest(line=line):
                b = bench({"one": noisy(6000)}, line=line)
                status, found = self.compared(a, b)
                self.assertEqual(self.relations(found["result"]), {"one": relation})
                self.assertEqual(status, 1 if relation == "slower" else 0)
                self.assertEqual([one["b"] for one in found["result"]["moved"]], moved)
                _, found = self.compared(a, b, "--force")
                self.assertEqual(self.relations(found["result"]), {"one": "slower"})
        said = run("compare", str(self.folder / "a.json"), str(self.folder / "b.json")).stdout
        self.assertRegex(said, "not the same in both: a cache line, .* 150 ns and 190 ns")
        _, found = self.compared(a, bench({"one": noisy(6000)}))
        self.assertEqual(found["result"]["moved"], [])

    def test_load_rounds_and_what_was_not_recorded_then_do_not_matter(self) -> None:
        rows = {"one": noisy(5000)}
        a, b = bench(rows), bench(
            {"one": noisy(5000) * 2}, machine={"load": 7.5}, config={"rounds": 20}
        )
        del a["result"]["config"]["settings"]
        self.assertEqual(self.compared(a, b)[0], 0)

    def test_the_same_files_give_the_same_interval_and_a_seed_another(self) -> None:
        a, b = bench({"one": noisy(5000)}), bench({"one": noisy(5050)}, seed=2)
        first, second = self.compared(a, b), self.compared(a, b)
        self.assertEqual(first, second)
        self.assertEqual(self.compared(a, b, "--seed", "5")[1]["seed"], 5)

    def test_text_and_plain_say_the_same(self) -> None:
        a = self.file("a.json", bench({"one": noisy(5000), "gone": noisy(1)}))
        b = self.file("b.json", bench({"one": noisy(6000)}))
        self.assertRegex(
            run("compare", a, b).stdout, r"(?m)^one +1\.200 \(1\.\d+ to 1\.\d+\)  slower$"
        )
        lines = run("compare", "--plain", a, b).stdout.splitlines()
        self.assertEqual({line[-1] for line in lines}, {"."})
        self.assertRegex(lines[-1], r"^one: 1\.200 .* slower\.$")

    def test_junit_has_a_failure_for_what_is_slower(self) -> None:
        a = self.file("a.json", bench({"one": noisy(5000)}))
        b = self.file("b.json", bench({"one": noisy(6000)}))
        self.assertIn('failures="1"', run("compare", a, b, "--junit", "-").stdout)


class BadInput(Files):
    def refused(self, command: str, files: list[str], words: str) -> None:
        with self.subTest(command=command, words=words):
            self.assert_says(run(command, *files, "--json", "/dev/null"), 2, words)

    def test_what_is_no_bench_is_refused_in_words(self) -> None:
        good = bench({"one": noisy(5000)})
        path = self.file("good.json", good)

        def changed(change: Any) -> str:
            wrong = copy.deepcopy(good)
            change(wrong)
            return self.file("bad.json", wrong)

        for change, words in (
            (lambda r: r.update(format=2), "format 2, and this edgewise reads 1"),
            (lambda r: r.pop("command"), "no result of edgewise"),
            (lambda r: r.update(partial=True), "partial, .*--partial"),
            (lambda r: r.update(result=None, error="no server 'x'"), "nothing was run: no server"),
            (lambda r: r["result"].pop("ranking"), "nothing was measured"),
            (lambda r: r["result"].pop("machine"), "of which machine"),
            (lambda r: r["result"]["ranking"][0].pop("name"), "target 1 of its ranking"),
            (lambda r: r["result"]["ranking"][0].update(samples=7), "target 1 of its ranking"),
            (
                lambda r: r["result"]["ranking"][0]["samples"][0].update(cpu_ns_per_echo=0),
                "target 1 of its ranking",
            ),
            (lambda r: r["result"]["ranking"][0]["samples"][0].update(run=1), "target 1 of"),
            (lambda r: r["result"]["ranking"].append(None), "target 2 of its ranking"),
        ):
            for command in ("compare", "merge"):
                self.refused(command, [path, changed(change)], words)
        self.refused(
            "compare", [path, changed(lambda r: r.update(command="flood"))], "edgewise flood"
        )
        for command in ("compare", "merge"):
            self.refused(command, [path, "/nonexistent.json"], "nonexistent.json")
            (self.folder / "cut.json").write_text(json.dumps(good)[:100])
            self.refused(command, [path, str(self.folder / "cut.json")], "cut.json: line 1")
            self.refused(command, [path], "two results")

    def test_an_interrupted_run_is_taken_when_asked_for(self) -> None:
        good = bench({"one": noisy(5000)})
        partial = good | {"partial": True, "status": 130, "outcome": "interrupted"}
        a, b = self.file("a.json", good), self.file("b.json", partial)
        self.assertEqual(result_of("compare", "--partial", a, b)[0], 0)


class Merge(Files):
    def merged(self, *results: dict[str, Any]) -> tuple[int, Any]:
        files = [self.file(f"{i}.json", result) for i, result in enumerate(results)]
        return result_of("merge", *files)

    def test_benches_are_put_behind_each_other_and_rounds_stay_apart(self) -> None:
        """In each run the two differ by a fifth in every round, and the runs by far more."""
        a = bench({"base": noisy(5000), "other": noisy(6000)}, floor=0.01)
        b = bench({"base": noisy(9000)[:7], "other": noisy(10800)[:7]}, floor=0.03, seed=9)
        status, found = self.merged(a, b)
        result = found["result"]
        self.assertEqual((status, result["of"], result["config"]["rounds"]), (0, "bench", 17))
        self.assertEqual(
            [(one["rounds"], one["seed"]) for one in result["runs"]], [(10, 1), (7, 9)]
        )
        self.assertEqual(result["noise_floor"], 0.03)
        rows = {one["name"]: one for one in result["ranking"]}
        for row in rows.values():
            self.assertEqual([one["run"] for one in row["samples"]], [0] * 10 + [1] * 7)
        self.assertEqual(
            [one["cpu_ns_per_echo"] for one in rows["base"]["samples"]],
            [
                one["cpu_ns_per_echo"]
                for file in (a, b)
                for row in file["result"]["ranking"]
                if row["name"] == "base"
                for one in row["samples"]
            ],
        )
        (comparison,) = result["comparisons"]
        self.assertEqual(comparison["rounds"], 17)
        for figure in ("ratio", "low", "high"):
            self.assertAlmostEqual(comparison[figure], 1.2, places=6)

    def test_what_was_merged_is_compared_and_merged_again(self) -> None:
        a = bench({"one": noisy(5000)})
        _, both = self.merged(a, bench({"one": noisy(5010)}))
        joined = self.file("joined.json", both)
        status, found = result_of(
            "compare", joined, self.file("c.json", bench({"one": noisy(6000)}))
        )
        self.assertEqual(status, 1)
        self.assertEqual([one["runs"] for one in found["result"]["files"]], [2, 1])
        self.assertEqual(found["result"]["comparisons"][0]["samples_a"], 20)
        status, found = result_of("merge", joined, str(self.folder / "c.json"))
        self.assertEqual((status, len(found["result"]["runs"])), (0, 3))
        runs = [one["run"] for one in found["result"]["ranking"][0]["samples"]]
        self.assertEqual(runs, [0] * 10 + [1] * 10 + [2] * 10)

    def test_a_run_that_is_off_makes_the_comparison_say_less(self) -> None:
        """Three runs, one of them off by a half: of it nobody can tell a tenth."""
        runs = [bench({"one": noisy(cost)}, seed=cost) for cost in (5000, 5001, 7500)]
        joined = self.file("joined.json", self.merged(*runs)[1])
        other = self.file("b.json", bench({"one": noisy(4500)}))
        alone = self.file("alone.json", runs[0])
        self.assertEqual(
            self.relations(result_of("compare", other, alone)[1]["result"]), {"one": "slower"}
        )
        (found,) = result_of("compare", other, joined)[1]["result"]["comparisons"]
        self.assertGreater(found["high"], 1.5)

    def test_a_target_of_one_run_alone_keeps_its_samples(self) -> None:
        _, found = self.merged(
            bench({"one": noisy(5000), "old": noisy(1000)}),
            bench({"one": noisy(5000), "new": noisy(2000)}),
        )
        rows = {row["name"]: row for row in found["result"]["ranking"]}
        self.assertEqual(
            {name: len(row["samples"]) for name, row in rows.items()},
            {"old": 10, "new": 10, "one": 20},
        )
        self.assertEqual({one["run"] for one in rows["new"]["samples"]}, {1})
        self.assertEqual(
            {one["name"]: one["rounds"] for one in found["result"]["comparisons"]},
            {"old": 10, "new": 10},
        )

    def test_mixtures_are_refused(self) -> None:
        rows = {"one": noisy(5000)}
        changes: list[tuple[dict[str, Any], str]] = [
            (
                {"machine": {"kernel": "Linux 7"}},
                "not to be joined: kernel: Linux 6.1.0 and Linux 7",
            ),
            ({"config": {"size": 100}}, "not to be joined: size: 64 and 100"),
            ({}, "are the same run"),
        ]
        for more, words in changes:
            status, found = self.merged(bench(rows), bench(rows, **more))
            self.assertEqual((status, found["result"]), (2, None))
            self.assertIn(words, found["error"])
        a = self.file("a.json", bench(rows))
        check = self.folder / "check.json"
        run("check", "echo-poll", "--case", "order-fifo", "--json", str(check))
        self.assert_says(
            run("merge", a, str(check), "--json", "-"),
            2,
            "edgewise bench, .* one of edgewise check",
        )
        self.assert_says(run("merge", a, str(check)), 2, "--json FILE says it")

    def test_checks_are_joined_target_by_target(self) -> None:
        paths = []
        for name, cases in (("a", "integrity-bytes"), ("b", "integrity-empty")):
            paths.append(str(self.folder / name))
            run("check", "echo-poll", "echo-select", "--case", cases, "--json", paths[-1])
        status, found = result_of("merge", *paths)
        result = found["result"]
        self.assertEqual((status, result["of"]), (0, "check"))
        self.assertEqual([one["name"] for one in result["targets"]], ["echo-poll", "echo-select"])
        ids = ["integrity-bytes", "integrity-empty"]
        for target in result["targets"]:
            self.assertEqual([case["case"] for case in target["cases"]], ids)
        self.assertEqual([case["id"] for case in result["catalogue"]], ids)
        self.assertEqual(len(found["cases"]), 4)
        self.assertIn(
            'tests="4"', run("merge", *paths, "--json", "/dev/null", "--junit", "-").stdout
        )
        self.assertEqual(mistakes("merge", found), [])


if __name__ == "__main__":
    import sys

    unittest.main(argv=sys.argv[:1])
