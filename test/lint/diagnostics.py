#!/usr/bin/env python3
"""Every row of Diagnostics.def is reported by the plugin and expected by a test."""

import pathlib
import re
import sys

plugin = pathlib.Path("plugin")
rows = re.findall(r"^FERRO_DIAG\((\w+),", (plugin / "Diagnostics.def").read_text(), re.MULTILINE)
sources = "\n".join(path.read_text() for path in sorted(plugin.rglob("*.cpp")))
tests = "\n".join(
    path.read_text() for path in sorted(pathlib.Path("test").rglob("*")) if path.suffix in (".cpp", ".test", ".h")
)
errors = [f"{row}: nothing reports it" for row in rows if not re.search(rf"Diag::{row}\b", sources)]
errors += [f"{row}: no test expects [ferro:{row}]" for row in rows if f"ferro:{row}" not in tests]
print(*errors, f"{len(rows)} diagnostics, {len(errors)} errors", sep="\n")
sys.exit(bool(errors) or not rows)
