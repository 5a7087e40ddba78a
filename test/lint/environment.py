#!/usr/bin/env python3
"""docs/cache.md lists every environment variable, and no code reads another one."""

import pathlib
import re
import sys

table = pathlib.Path("runtime/support/Environment.def")
rows = re.findall(r'^FERRO_VARIABLE\(\w+, "(\w+)", "([^"]*)", "([^"]*)"\)', table.read_text(), re.MULTILINE)
page = pathlib.Path("docs/cache.md").read_text()
errors = []
for name, initial, summary in rows:
    row = f"| `{name}` | {f'`{initial}`' if initial else ''} | {summary} |"
    if row not in page:
        errors.append(f"docs/cache.md lacks the row {row}")
errors += [
    f"docs/cache.md: {name} is no row of {table}"
    for name in re.findall(r"\bFERRO_[A-Z_]+\b", page)
    if name not in [row[0] for row in rows]
]
errors += [
    f"{path}: getenv; read variables through support/Environment.h"
    for path in sorted(pathlib.Path("runtime").rglob("*.cpp"))
    # The compiler has switches of its own that plant failures for tests.
    if "getenv(\"FERRO_" in path.read_text() and "compiler" not in path.parts
]
print(*errors, f"{len(rows)} variables, {len(errors)} errors", sep="\n")
sys.exit(bool(errors) or not rows)
