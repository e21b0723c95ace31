#!/usr/bin/env bash
# Code that touches secrets of a notary session, under memcheck with the secrets marked as undefined.
#
#   tests/constant_time/run.sh PROGRAM
#
# Both ends of the proof, of garbling and of the key exchange, shares of tags, TLS keys and records, and the shares of answers must depend on
# secrets in no branch and no address; what does on purpose must be noticed. Libraries' own code (libcrypto, libsodium) is left out by libraries.supp.
set -euo pipefail
program=${1:?"usage: run.sh PROGRAM"}
here=$(cd "$(dirname "$0")" && pwd)
command -v valgrind >/dev/null || { echo "constant_time: valgrind is missing: run scripts/setup.sh test" >&2; exit 1; }

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
log=$scratch/log
# Debian 12's valgrind cannot read the debugging information of clang 19; it names functions without.
objcopy --strip-debug "$program" "$scratch/program"
check() {
  valgrind --quiet --error-exitcode=9 --suppressions="$here/libraries.supp" "$scratch/program" "$1" >"$log" 2>&1
}
for part in prover notary garbler evaluator key-prover key-notary tag record shares; do
  check "$part" || { echo "constant_time: $part depends on a secret, or failed ($?):" >&2; head -60 "$log" >&2; exit 1; }
  echo "constant_time: $part holds"
done
for part in branch index; do
  code=0
  check "$part" || code=$?
  [ "$code" = 9 ] || { echo "constant_time: $part on a secret was not noticed ($code)" >&2; exit 1; }
  echo "constant_time: a $part on a secret is noticed"
done
