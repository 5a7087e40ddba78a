#!/usr/bin/env python3
"""Every finding is reported by the emulator, planted in a test and explained."""

import pathlib
import re
import sys

table = pathlib.Path("runtime/include/ferro/Findings.def").read_text()
rows = re.findall(r'^FERRO_FINDING\((\w+), "([^"]+)"', table, re.MULTILINE)
sources = "".join(path.read_text() for path in pathlib.Path("runtime/emulator").glob("*.cpp"))
tests = pathlib.Path("test/emulator/FindingsTest.cpp").read_text()
docs = pathlib.Path("docs/emulator.md").read_text()

errors = []
for identifier, name in rows:
    for text, what in ((sources, "reported"), (tests, "planted in a test")):
        if not re.search(rf"\bFindingKind::{identifier}\b", text):
            errors.append(f"{identifier} is not {what}")
    if f"\n### {name}\n" not in docs:
        errors.append(f"{name} has no section in docs/emulator.md")
print(*errors, f"{len(rows)} findings, {len(errors)} errors", sep="\n")
sys.exit(bool(errors) or not rows)
