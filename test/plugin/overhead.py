#!/usr/bin/env python3
"""What the plugin adds to a compilation, as ratios of processor time.

usage: overhead.py BUILD_FOLDER [ROUNDS]

Compiles a file with ten scripts and one without any, with and without the
plugin, turn by turn, and compares the medians. Prints a row per case and fails
beyond the budgets of the last column, with a tenth to spare for noise.
"""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

root = pathlib.Path(__file__).resolve().parent.parent.parent
build = pathlib.Path(sys.argv[1]).resolve()
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
compiler = ["clang++-22", "-std=c++20", f"-I{root}/runtime/include", "-Wno-c++23-extensions"]
plugin = [f"-fplugin={build}/lib/ferroscript.so", "-DFERRO_PLUGIN=1"]

script = """
[[ferro::script]] Tensor<float> layer{n}(Tensor<float> x, const Tensor<float> &w, const Tensor<float> &bias, int times) {{
  auto y = matmul(x, w) + bias;
  for (int i = 0; i < times; ++i)
    y = relu(y * scale{n}) + bias;
  if (times > {n})
    y = softmax(y, -1);
  return mean(square(y - x));
}}
"""
ordinary = """
std::string describe{n}(const std::vector<int> &values) {{
  std::map<int, std::string> names;
  for (int value : values)
    names[value] += std::to_string(value * {n});
  std::string text;
  for (const auto &[value, name] : names)
    text += name + (value % 2 ? ", " : "; ");
  return text;
}}
"""
head = "#include <ferro/ferro.h>\n#include <map>\n#include <string>\n#include <vector>\nusing namespace ferro;\n"
numbers = range(10)
scales = "".join(f"static float scale{n} = {n};\n" for n in numbers)
annotated = head + scales + "".join(script.format(n=n) + ordinary.format(n=n) for n in numbers)
sources = {"annotated": annotated, "plain": annotated.replace("[[ferro::script]] ", "")}
cases = [
    ("annotated", ["-O2", "-g", "-c"], 1.25),
    ("annotated", ["-fsyntax-only"], 1.7),
    ("plain", ["-O2", "-g", "-c"], 1.05),
]


def seconds(command):
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed")
    return usage.ru_utime + usage.ru_stime


failed = False
print(f"{'file':10} {'mode':10} {'clang':>8} {'plugin':>8} {'ratio':>6} {'budget':>6}")
with tempfile.TemporaryDirectory() as folder:
    for name, flags, budget in cases:
        source = pathlib.Path(folder) / f"{name}.cpp"
        source.write_text(sources[name])
        tail = [*flags, str(source)] + (["-o", f"{folder}/out.o"] if "-c" in flags else [])
        times = [(seconds(compiler + tail), seconds(compiler + plugin + tail)) for _ in range(rounds)]
        plain, ours = (statistics.median(column) for column in zip(*times))
        ratio = statistics.median(b / a for a, b in times)
        failed |= ratio > 1 + (budget - 1) * 1.1
        print(f"{name:10} {flags[0] + (' -g' if '-g' in flags else ''):10} {plain:7.2f}s {ours:7.2f}s {ratio:6.3f} {budget:6.2f}")
sys.exit(failed)
