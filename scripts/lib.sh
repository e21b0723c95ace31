# Sourced by the other scripts: where the tree is, how many cores, how a test preset is built and run.
# shellcheck shell=bash

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
cores=$(nproc 2>/dev/null || echo 2)

# configure PRESET: configures build/PRESET, quietly unless it fails.
configure() {
  local log
  log=$(cmake --preset "$1" 2>&1) || { echo "$log" >&2; return 1; }
}

# build PRESET [TARGET...]: everything, or the named targets.
build() {
  local preset=$1
  shift
  configure "$preset" || return 1
  cmake --build --preset "$preset" --parallel "$cores" ${1:+--target "$@"}
}

# run_ctest PRESET [ctest options]: leaves build/PRESET/junit.xml for .ci/run to count. No test is a failure.
run_ctest() {
  local preset=$1
  shift
  ctest --preset "$preset" --parallel "${MPCSTATS_TEST_JOBS:-$cores}" --no-tests=error \
    --output-junit junit.xml "$@"
}
