#!/usr/bin/env bash
# The demo of proofs as a test: a real nginx, six processes, ten people. Then what must not pass: credentials that others may read,
# credentials of nobody, another template than the survey's. Once in each mode.
#
#   tests/proof/run.sh PROGRAM
set -euo pipefail
cd "$(dirname "$0")/../.."
program=$1
log=$(mktemp)
trap 'rm -f "$log"' EXIT
fail() { echo "proof test: $*" >&2; cat "$log" >&2; exit 1; }

want() { grep -qE "$1" "$log" || fail "nothing says $1"; }
for mode in proxy mpc; do
  scripts/demo-proof.sh --exit --mode "$mode" --people 10 --program "$program" >"$log" 2>&1 || fail "the demo in mode $mode ended with $?"
  # The first ten states of examples/us_states_1977.csv; the mean is exact.
  want '^  mean\(balance\) +4690\.8 ETH'
  want '^  max\(balance\) +6315 ETH'
  want '^  count\(balance\) +10'
  want '^verified: signed by the three parties'
  want '^refused: others may read the credentials'
  want '^refused: the website knows no such key'
  want '^refused: the template is another than the survey.s'
  want "^refused: the website's certificate is of nobody she trusts"
  want '^refused: the same account counts once'
  grep -qE '[0-9a-f]{32}.*api_key|api_secret = "[0-9a-f]' "$log" && fail "a credential was printed"
done
# The phases of mode mpc, apart.
want 'exchange: preparing \(offline, mode mpc, for a request of up to [0-9]+ bytes\)'
want 'bytes\), done while you read'
want 'exchange: asking \(online, mode mpc\)'
echo "proof test: passed"
