# Sourced by the other scripts: named, timed phases.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# The same sources in another folder, such as a fresh clone, hit the same cache.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1

timings=()

# phase NAME COMMAND... runs the command and remembers how long it took.
phase() {
  local name=$1 begin=$SECONDS status=0
  shift
  echo "== $name"
  "$@" || status=$?
  local took=$((SECONDS - begin))
  timings+=("$(printf '%3d:%02d  %s' $((took / 60)) $((took % 60)) "$name")")
  return $status
}

# build PRESET [TARGET...] configures and builds a preset.
build() {
  local preset=$1
  shift
  cmake --preset "$preset" --log-level=WARNING >/dev/null &&
    cmake --build --preset "$preset" ${1:+--target "$@"}
}

print_timings() {
  echo "== minutes"
  printf '%s\n' "${timings[@]}"
}
