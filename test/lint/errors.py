#!/usr/bin/env python3
"""Every row of Errors.def is thrown somewhere, and expected by some test."""

import pathlib
import re
import sys


def text(*tops):
    return "\n".join(
        path.read_text()
        for top in tops
        for path in sorted(pathlib.Path(top).rglob("*"))
        if path.suffix in (".h", ".cpp")
    )


rows = re.findall(r"^FERRO_ERROR\((\w+),", pathlib.Path("runtime/include/ferro/Errors.def").read_text(), re.MULTILINE)
sources, tests = text("runtime", "tools"), text("test")
errors = [f"{row}: nothing throws it" for row in rows if not re.search(rf"Code::{row}\b", sources)]
errors += [f"{row}: no test expects it" for row in rows if row != "Internal" and not re.search(rf"\b{row}\b", tests)]
print(*errors, f"{len(rows)} codes, {len(errors)} errors", sep="\n")
sys.exit(bool(errors) or not rows)
