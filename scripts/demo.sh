#!/usr/bin/env bash
# Installs what is missing, builds, and computes five figures of an example table by three-party computation.
#
#   scripts/demo.sh [--exit]
#
# --exit   end after the figures; it does so anyway until there are servers to leave running
set -euo pipefail
. "$(dirname "$0")/lib.sh"

for argument in "$@"; do
  case "$argument" in
    --exit) ;;
    *) echo "usage: scripts/demo.sh [--exit]" >&2; exit 2 ;;
  esac
done

scripts/build.sh

cat <<'TEXT'

Five figures of the per-capita incomes of the 50 US states in 1974 (examples/us_states_1977.csv).

  - Every income is split into three random shares; the two that one party gets say nothing about it.
  - Three party processes start on loopback, each with a fresh key, and connect with mutual TLS 1.3.
  - They compute on the shares, verify each other's work before anything is opened, and open the five figures.
  - All three run here, on one machine, to be watched: privacy begins when three organisations run one each.

TEXT
exec build/release/bin/mpcstats compute --csv examples/us_states_1977.csv \
  'count(income_usd)' 'mean(income_usd)' 'median(income_usd)' 'max(income_usd)' 'gini(income_usd)'
