#!/usr/bin/env python3
"""Every include stays within its folder's row of layers.txt."""

import pathlib
import re
import sys

rows = {}
for line in pathlib.Path("test/lint/layers.txt").read_text().splitlines():
    folder, colon, allowed = line.partition(":")
    if colon and not line.startswith("#"):
        rows[folder] = allowed.split()


def row(path):
    """The row of the nearest listed folder above path."""
    return next((str(f) for f in path.parents if str(f) in rows), None)


def permitted(include, path, folder):
    own = folder.removeprefix("runtime/")
    local = (path.parent / include).exists() or (pathlib.Path(folder) / include).exists()
    return local or any(include == a or include.startswith(a + "/") for a in [own, *rows[folder]])


sources = [p for top in ("runtime", "plugin", "tools", "examples", "benchmarks")
           for p in sorted(pathlib.Path(top).rglob("*")) if p.suffix in (".h", ".cpp", ".def")]
errors = []
for path in sources:
    folder = row(path)
    if folder is None:
        errors.append(f"{path}: no row of layers.txt covers this file")
        continue
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = re.match(r'\s*#\s*include\s+["<]([^">]+)[">]', line)
        # A name without a slash is the standard library, a generated file or a neighbour.
        if not match or "/" not in match[1] or match[1].startswith(("sys/", "../", "bits/")):
            if match and match[1].startswith("../"):
                errors.append(f"{path}:{number}: {match[1]}: includes are written from the root of the layer")
            continue
        if not permitted(match[1], path, folder):
            errors.append(f"{path}:{number}: {folder} may not include {match[1]}")

print(*errors, f"{len(sources)} files, {len(errors)} errors", sep="\n")
sys.exit(bool(errors) or not sources)
