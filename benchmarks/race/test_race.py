"""Tests of the report: python3 -m unittest discover benchmarks/race"""

import unittest
from xml.dom import minidom

import race_report
import race_svg

WARM = race_report.Work("", 512, 128, reps=3, warm_up=1)
COLD = race_report.Work("cold", 512, 128, cold=True)
BUSY = race_report.Work("beside 1 busy", 0, 128, busy=1, reps=3, warm_up=1)


def run(engine, work, prefill, decode, peak=1_000_000, threads=2, model="a/m.gguf"):
    result = {"prefill": {"tokens_per_second": prefill}, "decode": {"tokens_per_second": decode}}
    return race_report.Run(engine, model, threads, work, result, peak)


def report(runs):
    return {
        "date": "2026-01-02T03:04:05+00:00", "processor": "A & B <C>", "processors": 2,
        "load_average": {"before": [0, 0, 0], "after": [1, 1, 1]},
        "versions": {"longhaul": "longhaul 1", "llama-cpp-python": "0"},
        "options": {"rounds": 1, "reps": 3, "warm_up": 1}, **race_report.summarize(runs)}


class RaceTest(unittest.TestCase):
    def test_medians_of_medians_and_their_ratio(self):
        runs = [run("longhaul", WARM, [1, 100, 10], [4, 4, 4]), run("llama_cpp", WARM, [5] * 3, [8] * 3),
                run("llama_cpp", WARM, [7] * 3, [8] * 3), run("longhaul", WARM, [20] * 3, [2] * 3),
                run("longhaul", WARM, [30] * 3, [3] * 3), run("llama_cpp", WARM, [6] * 3, [6] * 3)]
        prefill, decode = race_report.summarize(runs)["races"]
        self.assertEqual("prefill 512", prefill["figure"])
        self.assertEqual({"median": 20, "min": 10, "max": 30, "rounds": [10, 20, 30]}, prefill["longhaul"])
        self.assertEqual({"median": 6, "min": 5, "max": 7, "rounds": [5, 7, 6]}, prefill["llama_cpp"])
        self.assertAlmostEqual(20 / 6, prefill["ratio"])
        self.assertEqual(3 / 8, decode["ratio"])

    def test_memory_is_that_of_cold_runs(self):
        runs = [run(engine, work, [1], [1], peak) for engine in ("longhaul", "llama_cpp")
                for work, peak in ((WARM, 9_000_000), (COLD, 2_000_000))]
        memory = race_report.summarize(runs)["races"][-1]
        self.assertEqual(("peak memory", "less", 2.0),
                         (memory["figure"], memory["better"], memory["longhaul"]["median"]))

    def test_models_and_threads_are_apart(self):
        runs = [run(engine, work, [] if work is BUSY else [1], [1], threads=threads, model=model)
                for work in (WARM, BUSY) for model in ("a.gguf", "b.gguf") for threads in (1, 2)
                for engine in ("longhaul", "llama_cpp")]
        groups = race_report.groups(race_report.summarize(runs)["races"])
        self.assertEqual([("a.gguf", 1), ("a.gguf", 2), ("b.gguf", 1), ("b.gguf", 2)], list(groups))
        for races in groups.values():
            self.assertEqual(["prefill 512", "decode 128", "decode 128 beside 1 busy"],
                             [race["figure"] for race in races])

    def test_bars_are_as_long_as_the_ratios(self):
        runs = [run("longhaul", WARM, [30], [5]), run("llama_cpp", WARM, [10], [10])]
        svg = minidom.parseString(race_svg.chart(report(runs)))
        bars = {bar.getAttribute("class"): float(bar.getAttribute("width"))
                for bar in svg.getElementsByTagName("rect")[1:]}
        one = next(line for line in svg.getElementsByTagName("line") if line.getAttribute("class") == "one")
        unit = float(one.getAttribute("x1")) - race_svg.LEFT
        self.assertAlmostEqual(3 * unit, bars["ahead"], delta=0.5)
        self.assertAlmostEqual(0.5 * unit, bars["behind"], delta=0.5)

    def test_the_table_has_a_line_for_each_figure(self):
        runs = [run("longhaul", WARM, [30], [5]), run("llama_cpp", WARM, [10], [10])]
        lines = race_report.table(report(runs)).splitlines()
        self.assertRegex(lines[-2], r"prefill 512, tokens/s +30.0 \(30.0 to 30.0\) +10.0 .* 3.00$")
        self.assertRegex(lines[-1], r"decode 128, tokens/s +5.0 \(5.0 to 5.0\) +10.0 .* 0.50$")
        self.assertIn("m.gguf, 2 threads", lines)


if __name__ == "__main__":
    unittest.main()
