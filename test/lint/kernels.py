#!/usr/bin/env python3
"""docs/language/kernels.md names the kernels of runtime/include/cutile/kernels, header by header."""

import pathlib
import re
import sys

declared = {
    path.stem: kernels
    for path in sorted(pathlib.Path("runtime/include/cutile/kernels").glob("*.h"))
    if (kernels := re.findall(r"\[\[cutile::entry[^\]]*\]\]\s*void\s+(\w+)", path.read_text()))
}
page = pathlib.Path("docs/language/kernels.md").read_text()
listed = {
    header: re.findall(r"`(\w+)`", kernels)
    for header, kernels in re.findall(r"^\| `(\w+)` \| (.*) \|$", page, re.MULTILINE)
}
errors = [
    f"{header}.h has {declared.get(header, [])}, the page says {listed.get(header, [])}"
    for header in sorted({*declared, *listed})
    if declared.get(header) != listed.get(header)
]
print(*errors, f"{len(declared)} headers, {len(errors)} errors", sep="\n")
sys.exit(bool(errors) or not declared)
