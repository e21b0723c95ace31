#!/usr/bin/env bash
# Installs what is missing, runs the lints, builds everything in Release and runs every test. Aim: under
# 25 minutes on two cores from a clean clone.
#
#   scripts/test.sh [ctest options]       for example: scripts/test.sh -R engine
#
# MPCSTATS_TEST_JOBS   tests that run at the same time (default: the number of cores)
set -euo pipefail
. "$(dirname "$0")/lib.sh"

scripts/setup.sh build test
scripts/lint.sh
build release
run_ctest release --timeout 900 "$@"
echo "test.sh: $((SECONDS / 60)) min $((SECONDS % 60)) s"
