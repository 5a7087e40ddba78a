"""Instantiates every kernel under cutile/kernels from the source in an object file, and makes native code of it.

usage: library_kernels.py OBJECT FERRO_COMPILE INCLUDE_FOLDER
"""

import re
import subprocess
import sys

from kernel_names import kernels

binary, compiler, include = sys.argv[1:]
count, refused = 0, 0
for kernel in kernels(include):
    name = re.search(r"(\w+)<", kernel)[1]
    count += 1
    for stage, found in (("checks", " in place"), ("ast", f" {name} 'void ("), ("asm", "ferro_kernel_0:")):
        command = [compiler, f"--emit={stage}", f"--kernel={kernel}", binary]
        result = subprocess.run(command, capture_output=True, text=True)
        if stage == "checks":
            print(f"{name}: {result.stdout.splitlines()[-1]}")
        if result.returncode or found not in result.stdout:
            refused += 1
            print(f"{kernel}, {stage}\n{result.stderr}")
print(f"{count} kernels, {refused} refused")
