#!/usr/bin/env bash
# The tests once more with AddressSanitizer and UndefinedBehaviorSanitizer (all of them) and with
# ThreadSanitizer (the folders that have threads). Aim: under 40 minutes on two cores from a clean clone.
#
#   scripts/test-sanitizers.sh [asan|tsan]...      default: both
#
# MPCSTATS_TEST_SCALE  factor on the number of random trials, read by the tests (default here: 0.1)
# MPCSTATS_TEST_JOBS   tests that run at the same time (default: the number of cores)
set -euo pipefail
. "$(dirname "$0")/lib.sh"

[ $# -gt 0 ] || set -- asan tsan
for preset in "$@"; do
  case "$preset" in
    asan | tsan) ;;
    *) echo "usage: scripts/test-sanitizers.sh [asan|tsan]..." >&2; exit 2 ;;
  esac
done

scripts/setup.sh build test

export MPCSTATS_TEST_SCALE="${MPCSTATS_TEST_SCALE:-0.1}"
common=external_symbolizer_path=/usr/lib/llvm-19/bin/llvm-symbolizer:halt_on_error=1
asan=(detect_leaks=1 detect_stack_use_after_return=1 strict_string_checks=1 check_initialization_order=1
  strict_init_order=1)
ASAN_OPTIONS=$common:$(IFS=: && echo "${asan[*]}")
UBSAN_OPTIONS=$common:print_stacktrace=1
TSAN_OPTIONS=$common:second_deadlock_stack=1
export ASAN_OPTIONS UBSAN_OPTIONS TSAN_OPTIONS

threaded_folders=(engine net service)
# The long ones of those that run three parties on one thread, where there is nothing to find; AddressSanitizer has them.
one_thread=(Disclosure Reference ReferenceCalls CostGolden)

run_asan() {
  build asan
  run_ctest asan --timeout 1800
}

run_tsan() {
  build tsan "${threaded_folders[@]/%/_test}"
  # Each of them must be a test by itself: a pattern that matches one folder too few would pass unseen.
  local pattern found
  pattern="^($(IFS='|' && echo "${threaded_folders[*]}"))$"
  found=$(ctest --preset tsan --show-only -R "$pattern" | sed -n 's/^Total Tests: //p')
  if [ "$found" != "${#threaded_folders[@]}" ]; then
    echo "test-sanitizers.sh: expected one test each of ${threaded_folders[*]}, ctest has $found" >&2
    return 1
  fi
  GTEST_FILTER="-$(IFS=: && echo "${one_thread[*]/%/.*}")" run_ctest tsan --timeout 1800 -R "$pattern"
}

for preset in "$@"; do
  echo "== $preset"
  "run_$preset"
done
echo "test-sanitizers.sh: $((SECONDS / 60)) min $((SECONDS % 60)) s"
