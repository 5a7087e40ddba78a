#!/usr/bin/env python3
"""No path of one machine and no name that says nothing is in the tree."""

import pathlib
import re
import subprocess
import sys

forbidden = re.compile(r"(?<![\w.])/(?:work|home|root)/|\bsession\b")
empty_names = re.compile(r"(?<!c)util|helper|manager|misc|common|(?<!data)base", re.IGNORECASE)

listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True).stdout.splitlines()
files = [pathlib.Path(name) for name in listed] or [
    path for top in ("runtime", "plugin", "tools", "test", "docs", "examples", "benchmarks", "scripts", "cmake")
    for path in pathlib.Path(top).rglob("*") if path.is_file()
]
errors = []
for path in files:
    if empty_names.search(path.name):
        errors.append(f"{path}: a file is named after the thing inside")
    if path.name == "words.py" or not path.is_file():
        continue
    try:
        lines = path.read_text().splitlines()
    except UnicodeDecodeError:
        continue
    errors += [f"{path}:{n}: {line.strip()}" for n, line in enumerate(lines, 1) if forbidden.search(line)]
print(*errors, f"{len(files)} files, {len(errors)} errors", sep="\n")
sys.exit(bool(errors) or not files)
