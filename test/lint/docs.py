#!/usr/bin/env python3
"""What the documentation shows is what is in the tree.

A C++ block stands below a comment that names its file, `<!-- examples/x.cpp -->`,
and its lines stand in that file, in one piece. Relative links lead somewhere.
"""

import pathlib
import re
import sys

errors, blocks = [], 0
pages = [pathlib.Path("README.md"), *sorted(pathlib.Path("docs").rglob("*.md"))]
for page in pages:
    lines = page.read_text().splitlines()
    is_code = False
    for number, line in enumerate(lines, 1):
        is_code ^= line.startswith("```")
        prose = "" if is_code else re.sub(r"`[^`]*`", "", line)
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", prose):
            if not (page.parent / target).exists():
                errors.append(f"{page}:{number}: {target} does not exist")
        if not line.startswith("```cpp"):
            continue
        blocks += 1
        mark = re.fullmatch(r"<!-- (\S+) -->", lines[number - 2])
        if not mark:
            errors.append(f"{page}:{number}: no comment above the block names its file")
            continue
        block = "\n".join(lines[number : lines.index("```", number)]) + "\n"
        source = pathlib.Path(mark[1])
        if not source.exists() or block not in source.read_text():
            errors.append(f"{page}:{number}: the block does not stand in {source}")

print(*errors, f"{len(pages)} pages, {blocks} blocks, {len(errors)} errors", sep="\n")
sys.exit(bool(errors) or not blocks)
