#!/usr/bin/env python3
"""What overloads for each rank add to a compilation, against template packs.

usage: rank-overloads.py BUILD_FOLDER [ROUNDS]

Twenty ops, each called fifty times with tiles of ranks 1 to 4 (sixteen shapes),
compiled turn by turn with clang: as packs, as the text of ferro-rewrite, by the
plugin, and with the ops declared but called once only. Prints the medians of
processor time and of the ratios to packs.
"""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

root = pathlib.Path(__file__).resolve().parent.parent
build = pathlib.Path(sys.argv[1]).resolve()
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 7
include = ["-std=c++20", f"-I{root}/runtime/include"]
compiler = ["clang++-22", *include]
plugin = [f"-fplugin={build}/lib/ferroscript.so", "-DFERRO_PLUGIN=1"]

op = """
template <FloatElement E, int... D>
[[cutile::variadic_op(N = 6)]] Tile<E, D...> op{n}(const Tile<E, D...> &a, const Tile<E, D...> &b) {{
  return addf(addf(a, b), a);
}}
"""
ops = range(20)
shapes = [", ".join(str(2 << (k + axis) % 3) for axis in range(rank)) for rank in range(1, 5) for k in range(4)]


def source(calls):
    text = "#include <cutile/cutile.h>\nusing namespace cutile;\n"
    text += "".join(op.format(n=n) for n in ops)
    for n in ops:
        for call in range(calls):
            tile = f"Tile<f32, {shapes[call % len(shapes)]}>"
            text += f"{tile} call{n}_{call}(const {tile} &a) {{ return op{n}(a, a); }}\n"
    return text


def seconds(command):
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed")
    return usage.ru_utime + usage.ru_stime


print(f"{'calls':>5} {'mode':14} {'packs':>8} {'overloads':>16} {'plugin':>16}")
with tempfile.TemporaryDirectory() as folder:
    for calls in (1, 50):
        packs, overloads = pathlib.Path(folder, f"packs{calls}.cpp"), pathlib.Path(folder, f"overloads{calls}.cpp")
        packs.write_text(source(calls))
        subprocess.run([build / "bin" / "ferro-rewrite", packs, "-o", overloads, "--", *include], check=True)
        for mode in (["-fsyntax-only"], ["-O2", "-c", "-o", f"{folder}/out.o"]):
            commands = [[*compiler, *mode, packs], [*compiler, *mode, overloads], [*compiler, *plugin, *mode, packs]]
            times = [[seconds([str(word) for word in each]) for each in commands] for _ in range(rounds)]
            medians = [statistics.median(column) for column in zip(*times)]
            ratios = [statistics.median(row[i] / row[0] for row in times) for i in range(3)]
            print(f"{calls:5} {mode[0]:14} {medians[0]:7.2f}s "
                  + " ".join(f"{medians[i]:7.2f}s {ratios[i]:6.2f}x" for i in (1, 2)))
