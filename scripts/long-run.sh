#!/usr/bin/env bash
# The runs that take too long for every change: a million altered messages, ten million rows, every reference value on
# shares, an hour of fuzzing.
#
# usage: scripts/long-run.sh [attack|rows|reference|fuzz]...   (default: all four)
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

usage() {
  sed -n '2,5s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

attack() { MPCSTATS_LONG_RUN="${MPCSTATS_LONG_RUN:-1000000}" build/release/bin/longrun_test; }

rows() {
  build/release/bin/mpcstats bench mean --rows 10000000
  build/release/bin/mpcstats bench median --rows 10000000
  build/release/bin/mpcstats bench sort --rows 1000000
}

reference() {
  MPCSTATS_ALL_REFERENCE_CALLS=1 build/release/bin/service_test --gtest_filter='ReferenceCalls.*'
}

fuzz() {
  cmake --preset fuzz >/dev/null
  cmake --build build/fuzz
  local seconds="${MPCSTATS_FUZZ_SECONDS:-300}" target name
  for target in build/fuzz/bin/*_fuzz; do
    name="$(basename "$target")"
    mkdir -p "build/fuzz/found/$name"
    "$target" -max_total_time="$seconds" -print_final_stats=1 "build/fuzz/found/$name" "fuzz/corpus/$name"
  done
}

for stage in "$@"; do
  case "$stage" in attack | rows | reference | fuzz) ;; *) usage ;; esac
done
scripts/setup.sh build test
cmake --preset release >/dev/null
cmake --build build/release
for stage in "${@:-attack rows reference fuzz}"; do
  for one in $stage; do "$one"; done
done
