"""Instantiates every kernel under cutile/kernels from the source in an object file, and makes native code of it.

usage: library_kernels.py OBJECT FERRO_COMPILE INCLUDE_FOLDER
"""

import pathlib
import re
import subprocess
import sys

binary, compiler, include = sys.argv[1:]
entry = re.compile(r"template <([^{;]*?)>\s*\[\[cutile::entry[^]]*\]\]\s*void\s+(\w+)\(")
# Extents of tiles and axes; the other parameters have defaults.
extents = {"D": 64, "M": 64, "N": 64, "K": 64}


def arguments(parameters):
    """The values of the leading parameters that have no default."""
    for parameter in re.split(r",\s*(?![^<]*>)", parameters):
        if "=" in parameter:
            return
        kind, name = parameter.split()
        assert kind == "int", parameter
        yield str(extents.get(name, 16))


count, refused = 0, 0
for header in sorted(pathlib.Path(include, "cutile/kernels").glob("*.h")):
    for parameters, name in entry.findall(header.read_text()):
        kernel = f"cutile::kernels::{name}<{', '.join(arguments(parameters))}>"
        count += 1
        for stage, found in (("checks", " in place"), ("ast", f" {name} 'void ("), ("asm", "ferro_kernel_0:")):
            command = [compiler, f"--emit={stage}", f"--kernel={kernel}", binary]
            result = subprocess.run(command, capture_output=True, text=True)
            if stage == "checks":
                print(f"{name}: {result.stdout.splitlines()[-1]}")
            if result.returncode or found not in result.stdout:
                refused += 1
                print(f"{header.name}: {kernel}, {stage}\n{result.stderr}")
print(f"{count} kernels, {refused} refused")
