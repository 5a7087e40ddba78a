#!/usr/bin/env python3
"""Sources are as clang-format-22 writes them; lit tests keep their own lines."""

import pathlib
import re
import shutil
import subprocess
import sys

program = shutil.which("clang-format-22") or "/usr/lib/llvm-22/bin/clang-format"
files = [
    str(path)
    for top in ("runtime", "plugin", "tools", "examples", "benchmarks", "test/unit", "test/install")
    for path in sorted(pathlib.Path(top).rglob("*"))
    if path.suffix in (".h", ".cpp", ".c")
]
answer = subprocess.run([program, "--dry-run", *files], capture_output=True, text=True)
changed = sorted(set(re.findall(r"^(\S+?):\d+:\d+: warning", answer.stderr, re.MULTILINE)))
print(*(f"{path}: clang-format-22 -i changes it" for path in changed), sep="\n")
print(f"{len(files)} files, {len(changed)} errors")
sys.exit(answer.returncode or bool(changed) or not files)
