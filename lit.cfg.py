"""How lit runs the tests under test/: `ctest -R lit`, or by hand

    lit -sv --param build=build/release test/passes
"""

import os
import pathlib
import shutil
import sys
import tempfile

import lit.formats

source = pathlib.Path(__file__).resolve().parent
build = pathlib.Path(lit_config.params.get("build", source / "build" / "release")).resolve()
llvm = pathlib.Path(lit_config.params.get("llvm", "/usr/lib/llvm-22/bin"))

config.name = "FerroScript"
config.test_format = lit.formats.ShTest(execute_external=True)
config.suffixes = [".cpp", ".graph", ".mlir", ".test"]
config.excludes = ["build", "unit", "install", "Inputs"]
config.test_source_root = str(source)
config.test_exec_root = str(build / "lit")


def program(*names):
    """The first of the names that is on the PATH; lit reports the missing one by name."""
    return next(filter(None, map(shutil.which, names)), names[0])


include = f"-I {source}/runtime/include"
clang = f"{program('clang++-22', llvm / 'clang++')} -std=c++20 {include}"
gxx = f"{program('g++-12')} -std=c++20 {include}"

config.substitutions += [
    ("%ferro-clang", f"{clang} -fplugin={build}/lib/ferroscript.so -DFERRO_PLUGIN=1"),
    ("%ferro-plugin", f"{build}/lib/ferroscript.so"),
    ("%ferro-libs", f"-L{build}/lib -Wl,-rpath,{build}/lib -lferro"),
    ("%ferro-include", f"{source}/runtime/include"),
    ("%ferro-lib-dir", f"{build}/lib"),
    ("%examples", f"{source}/examples"),
    ("%build", str(build)),
    ("%python", sys.executable),
    ("%clangxx", clang),
    ("%gxx", gxx),
]
config.substitutions += [
    (f"%{tool}\\b", str(build / "bin" / tool))
    for tool in ("ferro-opt", "ferro-rewrite", "ferro-compile", "ferro-run", "ferro-tables")
]

# Each run of lit compiles into a cache of its own: never the user's, and never
# one that an older build has filled.
cache = lit_config.params.get("cache") or tempfile.mkdtemp(prefix="ferro-lit-cache-")

config.environment.update(
    PATH=os.pathsep.join([str(llvm), str(build / "bin"), os.environ["PATH"]]),
    FERRO_CACHE_DIR=cache,
    FILECHECK_OPTS="--dump-input=fail",
    LC_ALL="C.UTF-8",
)
for name in ("CCACHE_DIR", "CCACHE_BASEDIR", "HOME", "TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

if (build / "lib" / "ferroscript.so").exists():
    config.available_features.add("plugin")
ptxas = shutil.which("ptxas") or "/usr/local/cuda/bin/ptxas"
if os.access(ptxas, os.X_OK):
    config.available_features.add("ptxas")
    config.substitutions.append(("%ptxas", ptxas))
if shutil.which("g++-12"):
    config.available_features.add("gxx")
