#!/usr/bin/env python3
"""TileOps.def, the declarations with [[cutile::op("...")]] and the tests name the same operations.

Every row is declared exactly once, in the header of its family, every
declaration has a row, and test/unit/cutile calls every operation by its name.
"""

import pathlib
import re
import sys

folder = pathlib.Path("runtime/include/cutile")
rows = re.findall(r'^CUTILE_OP\(\w+, "(\w+)", (\w+),', (folder / "TileOps.def").read_text(), re.MULTILINE)
declared = [
    (name, path.stem)
    for path in sorted(folder.glob("*.h"))
    for name in re.findall(r'\[\[cutile::op\("(\w+)"\)', path.read_text())
]
tests = "\n".join(path.read_text() for path in sorted(pathlib.Path("test/unit/cutile").glob("*.cpp")))
errors = [f"{name}: no declaration in cutile/{family}.h" for name, family in rows if (name, family) not in declared]
errors += [f"{name}: declared in cutile/{family}.h without a row" for name, family in declared if (name, family) not in rows]
errors += [f"{name}: two rows" for name, _ in rows if [n for n, _ in rows].count(name) > 1]
errors += [f"{name}: test/unit/cutile never names it" for name, _ in rows if not re.search(rf"\b{name}\b", tests)]
print(*errors, f"{len(rows)} operations, {len(errors)} errors", sep="\n")
sys.exit(bool(errors) or not rows)
