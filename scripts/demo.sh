#!/usr/bin/env bash
# Installs the dependencies, builds and runs the demo: a classifier of
# handwritten digits, trained, compiled, saved, and loaded by another program; and
# a tile kernel from its source to native code.
set -euo pipefail
source "$(dirname "$0")/phases.sh"

phase "install" scripts/install-deps.sh
phase "build" build release digits digits-predict language-softmax ferro-compile
phase "demo" examples/digits/demo.sh build/release
phase "one tile kernel, stage by stage" examples/tiles/stages.sh build/release
