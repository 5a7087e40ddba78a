#!/usr/bin/env python3
"""Adds PyTorch and JAX to the rows of ferro-bench, where they are installed.

    benchmarks/peers.py --bench build/release/bin/ferro-bench --json rows.json

The cases of ferro-bench are timed in rounds: ferro-bench itself, then each
library on the same formulas and shapes, past the cache where ferro-bench is.
Every result is compared with NumPy in f64 before it is timed. The fastest of
all rounds counts, and its rows join those in the file.
"""

import argparse
import importlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

TURNS_PAST_CACHE = 6  # as in TensorCases.cpp
TOLERANCE = 1e-4  # of the largest magnitude, as in Harness.h
LEAST_SECONDS, MOST_TURNS, ROUNDS = 0.6, 400, 3


def cases():
    """Name: formula over an array library, shapes, how many sets of the first operand rotate."""
    rows, columns = 4096, 1024
    batch, inputs, hidden, outputs = 256, 512, 1024, 512

    def chain(lib, x, w):
        return lib.square(lib.relu(x * w + x) * 0.5 - w)

    def softmax(lib, x):
        return lib.softmax(x)

    def layer_norm(lib, x, scale, shift):
        centred = x - lib.mean(x)
        return centred * lib.rsqrt(lib.mean(lib.square(centred)) + 1e-5) * scale + shift

    def product(lib, a, b):
        return a @ b

    def mlp(lib, x, w1, b1, w2, b2):
        return lib.relu(x @ w1.T + b1) @ w2.T + b2

    return {
        "chain-16Mi": (chain, [(16 << 20,)] * 2, 1),
        "softmax-4096x1024": (softmax, [(rows, columns)], TURNS_PAST_CACHE),
        "layer-norm-4096x1024": (layer_norm, [(rows, columns), (columns,), (columns,)], TURNS_PAST_CACHE),
        **{f"matmul-{n}": (product, [(n, n)] * 2, 1) for n in (512, 1024, 2048)},
        "mlp-256x512-1024-512": (
            mlp,
            [(batch, inputs), (hidden, inputs), (hidden,), (outputs, hidden), (outputs,)],
            1,
        ),
    }


class NumPy:
    """The oracle."""

    def __init__(self):
        self.np = importlib.import_module("numpy")
        self.square = self.np.square

    def relu(self, x):
        return self.np.maximum(x, 0)

    def mean(self, x):
        return self.np.mean(x, axis=-1, keepdims=True)

    def rsqrt(self, x):
        return 1 / self.np.sqrt(x)

    def softmax(self, x):
        powers = self.np.exp(x - self.np.max(x, axis=-1, keepdims=True))
        return powers / self.np.sum(powers, axis=-1, keepdims=True)


class Torch:
    def __init__(self):
        self.torch = torch = importlib.import_module("torch")
        torch.set_grad_enabled(False)
        self.name = f"torch.compile {torch.__version__}, {torch.get_num_threads()} threads"
        self.square, self.relu, self.rsqrt = torch.square, torch.relu, torch.rsqrt

    def mean(self, x):
        return self.torch.mean(x, -1, keepdim=True)

    def softmax(self, x):
        return self.torch.softmax(x, -1)

    def array(self, values):
        return self.torch.from_numpy(values)

    def compiled(self, formula):
        return self.torch.compile(lambda *operands: formula(self, *operands), dynamic=False)


class Jax:
    def __init__(self):
        os.environ.setdefault("JAX_PLATFORMS", "cpu")
        self.jax = jax = importlib.import_module("jax")
        self.name = f"JAX {jax.__version__}, {len(os.sched_getaffinity(0))} threads"
        self.square, self.relu, self.rsqrt = jax.numpy.square, jax.nn.relu, jax.lax.rsqrt

    def mean(self, x):
        return self.jax.numpy.mean(x, axis=-1, keepdims=True)

    def softmax(self, x):
        return self.jax.nn.softmax(x, axis=-1)

    def array(self, values):
        return self.jax.numpy.asarray(values)

    def compiled(self, formula):
        function = self.jax.jit(lambda *operands: formula(self, *operands))
        return lambda *operands: function(*operands).block_until_ready()


def installed():
    """The libraries that can be imported; says which cannot."""
    found = []
    for library in (Torch, Jax):
        try:
            found.append(library())
        except ImportError as error:
            print(f"{library.__name__} is left out: {error}")
    return found


class Contestant:
    """One library on one case."""

    def __init__(self, library, formula, sets, expected):
        self.name = library.name
        self.sets = [[library.array(values) for values in operands] for operands in sets]
        self.kept = [None] * len(sets)  # results live for a turn, as in ferro-bench
        self.run = library.compiled(formula)
        self.best, self.calls = float("inf"), 0
        actual = importlib.import_module("numpy").asarray(self.run(*self.sets[0]))
        difference = abs(actual - expected).max() / abs(expected).max()
        if not difference <= TOLERANCE:
            sys.exit(f"peers.py: {self.name} is off by {difference:.1e} of the largest element")

    def turn(self):
        at = self.calls % len(self.sets)
        self.calls += 1
        begin = time.perf_counter()
        self.kept[at] = self.run(*self.sets[at])
        return (time.perf_counter() - begin) * 1e3

    def round(self):
        begin = time.perf_counter()
        for _ in range(MOST_TURNS):
            time.sleep(1e-3)
            self.turn()
            self.best = min(self.best, self.turn())
            if time.perf_counter() - begin > LEAST_SECONDS:
                return


def rows_of_ferro_bench(bench, name):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "rows.json"
        subprocess.run([bench, "--filter", f"^{name}$", "--json", path], check=True, stdout=subprocess.DEVNULL)
        return json.loads(path.read_text())


def compare(name, case, libraries, bench):
    """The rows of a case: ferro-bench's own, then one for each library."""
    formula, shapes, rotation = case
    np = importlib.import_module("numpy")
    random = np.random.default_rng(1)
    uniform = [random.uniform(-1, 1, shape).astype(np.float32) for shape in shapes]
    sets = [[uniform[0] if i == 0 else random.permuted(uniform[0]), *uniform[1:]] for i in range(rotation)]
    expected = formula(NumPy(), *(values.astype(np.float64) for values in sets[0]))
    contestants = [Contestant(library, formula, sets, expected) for library in libraries]
    best = None
    for _ in range(ROUNDS):
        rows = rows_of_ferro_bench(bench, name)
        best = rows if best is None or rows[0]["ours_ms"] < best[0]["ours_ms"] else best
        for contestant in contestants:
            contestant.round()
    ours = best[0]["ours_ms"]
    return best + [
        {**best[0], "peer": each.name, "peer_ms": each.best, "ratio": each.best / ours} for each in contestants
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", default="build/release/bin/ferro-bench", help="the ferro-bench to compare with")
    parser.add_argument("--json", required=True, help="the rows are written here; other rows of the file stay")
    parser.add_argument("--case", action="append", help="only this case; repeated")
    options = parser.parse_args()
    libraries = installed()
    if not libraries:
        return
    known = cases()
    path = pathlib.Path(options.json)
    rows = json.loads(path.read_text()) if path.exists() else []
    for name in options.case or known:
        if name not in known:
            sys.exit(f"peers.py: there is no case {name}; the cases are {', '.join(known)}")
        added = compare(name, known[name], libraries, options.bench)
        for row in added:
            print(f"{row['name']:<24} {row['ours_ms']:>9.4f} ms  {row['peer']:<34} {row['peer_ms']:>9.4f} ms {row['ratio']:>6.2f}x")
        rows = [row for row in rows if row["name"] != name] + added
        path.write_text(json.dumps(rows, indent=2) + "\n")


main()
