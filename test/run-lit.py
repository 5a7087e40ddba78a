#!/usr/bin/env python3
"""Runs lit on one folder and accepts only what really ran.

Besides failures, a run fails that found no test, and one in which a test was
skipped, unsupported or expected to fail without its line in test/lint/not-run.txt.

usage: run-lit.py LIT BUILD FOLDER
"""

import json
import pathlib
import subprocess
import sys
import tempfile

lit, build, folder = sys.argv[1:]
root = pathlib.Path(__file__).resolve().parent
listed = {
    line.split("#")[0].strip()
    for line in (root / "lint" / "not-run.txt").read_text().splitlines()
} - {""}

with tempfile.TemporaryDirectory(prefix="lit-", dir=build) as scratch:
    results = pathlib.Path(scratch, "results.json")
    cache = pathlib.Path(scratch, "cache")
    cache.mkdir(mode=0o700)
    status = subprocess.run(
        [lit, "-v", f"--output={results}", f"--param=build={build}", f"--param=cache={cache}", folder]
    ).returncode
    tests = json.loads(results.read_text())["tests"] if results.exists() else []

if not tests:
    sys.exit(f"{folder}: no test was found")
unlisted = [
    f"{test['name']}: {test['code']}, and test/lint/not-run.txt does not list it"
    for test in tests
    if test["code"] not in ("PASS", "FAIL", "UNRESOLVED", "TIMEOUT", "FLAKYPASS", "XPASS")
    and test["name"].split(" :: ")[-1] not in listed
]
print(*unlisted, sep="\n")
sys.exit(status or bool(unlisted))
