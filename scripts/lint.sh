#!/usr/bin/env bash
# Every lint: first its self-test (it must still fail on bad input), then the tree. Fails after all have run.
#
#   scripts/lint.sh
set -uo pipefail
. "$(dirname "$0")/lib.sh"
if [ $# -ne 0 ]; then
  echo "usage: scripts/lint.sh" >&2
  exit 2
fi
command -v python3 >/dev/null || { echo "lint: python3 is missing: run scripts/setup.sh test" >&2; exit 1; }

failed=()
for lint in scripts/check-*.py; do
  name=$(basename "$lint" .py)
  if ! python3 "$lint" --self-test; then
    failed+=("$name (self-test)")
  elif ! python3 "$lint"; then
    failed+=("$name")
  fi
done
if [ ${#failed[@]} -gt 0 ]; then
  echo "lint: failed: $(IFS=, && echo "${failed[*]}")" >&2
  exit 1
fi
echo "lint: all clean"
