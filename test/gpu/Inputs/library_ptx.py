"""Makes PTX of every kernel under cutile/kernels for a target and has ptxas assemble it.

usage: library_ptx.py OBJECT FERRO_COMPILE INCLUDE_FOLDER PTXAS TARGET
"""

import pathlib
import re
import subprocess
import sys
import tempfile

binary, compiler, include, ptxas, target = sys.argv[1:]
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "jit" / "Inputs"))
from kernel_names import kernels  # noqa: E402

count, refused, noisy, spilled = 0, 0, 0, 0
for kernel in kernels(include):
    count += 1
    command = [compiler, "--emit=ptx", f"--target={target}", f"--kernel={kernel}", binary]
    made = subprocess.run(command, capture_output=True, text=True)
    if made.returncode:
        refused += 1
        print(f"{kernel}: {made.stderr.strip()}")
        continue
    with tempfile.NamedTemporaryFile("w", suffix=".ptx") as text:
        text.write(made.stdout)
        text.flush()
        command = [ptxas, "-v", f"-arch={target}", text.name, "-o", "/dev/null"]
        result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode or re.search(r"C75\d\d|warning", result.stderr):
        noisy += 1
        print(f"{kernel}: {result.stderr.strip()}")
    spills = max((int(each) for each in re.findall(r"(\d+) bytes spill", result.stderr)), default=0)
    if spills:
        spilled += 1
        print(f"{kernel}: {spills} bytes of spills")
print(f"{target}: {count} kernels, {refused} refused, {noisy} with a warning or an error, {spilled} with spills")
