"""Compiles truncated and mutated versions of a file and fails if one crashes.

usage: mutate.py SEED FOLDER SECONDS COMMAND...
"""

import pathlib
import random
import re
import subprocess
import sys
import time

seed, folder, seconds, command = sys.argv[1], pathlib.Path(sys.argv[2]), float(sys.argv[3]), sys.argv[4:]
text = pathlib.Path(seed).read_text()
tokens = re.findall(r"\s+|\w+|::|\[\[|\]\]|->|&&|.", text)
spare = ["[[ferro::script]]", "[[fero::script]]", "[[cutile::module]]", "[[cutile::entry]]", "namespace", "{", "}", "(", ")", "[[", "]]", "::", "template <typename T>", "auto",
         "return", "\n#if 0\n", "\n#define X [[ferro::script]]\n", "\n#include", "\n#line 7 \"x\"\n", '"', "'", "/*", "\\\n", "\0", "\t"]
numbers = random.Random(7)


def truncated():
    for cut in range(len(text) - 1, 0, -17):
        yield text[:cut]


def mutated():
    while True:
        copy = list(tokens)
        for _ in range(numbers.randint(1, 4)):
            at = numbers.randrange(len(copy))
            action = numbers.randrange(4)
            if action == 0:
                del copy[at]
            elif action == 1:
                copy[at] = numbers.choice(spare)
            elif action == 2:
                copy.insert(at, numbers.choice(tokens))
            else:
                other = numbers.randrange(len(copy))
                copy[at], copy[other] = copy[other], copy[at]
        yield "".join(copy)


cases, crashes, deadline = 0, 0, time.monotonic() + seconds
cuts, mutations = truncated(), mutated()
# At least 20, on a busy machine too.
while time.monotonic() < deadline or (cases < 20 and time.monotonic() < 10 * seconds + deadline):
    source = next(mutations) if cases % 2 else next(cuts, None) or next(mutations)
    path = folder / "case.cpp"
    path.write_text(source)
    try:
        result = subprocess.run([*command, str(path)], capture_output=True, timeout=30)
        bad = result.returncode not in (0, 1) or b"Stack dump" in result.stderr
    except subprocess.TimeoutExpired:
        bad = True
    cases += 1
    if bad:
        crashes += 1
        path.rename(folder / f"crash-{crashes}.cpp")
print(f"{cases} cases, {crashes} crashes")
sys.exit(crashes != 0 or cases < 20)
