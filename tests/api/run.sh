#!/usr/bin/env bash
# docs/openapi.json is valid OpenAPI 3.1, and what five services answer is what it says: statuses, types, headers, bodies.
#
#   tests/api/run.sh API_RECORDER [WORK_FOLDER]
#
# WORK_FOLDER keeps the installed packages between runs; without it a temporary one is used.
set -euo pipefail
if [ $# -lt 1 ] || [ $# -gt 2 ] || [ ! -x "$1" ]; then
  echo "usage: tests/api/run.sh API_RECORDER [WORK_FOLDER] (build the target api_recorder first)" >&2
  exit 2
fi
for program in node npm; do
  command -v "$program" >/dev/null || { echo "api document: $program is missing: run scripts/setup.sh" >&2; exit 1; }
done
recorder=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
if [ $# -eq 2 ]; then
  mkdir -p "$2"
  work=$(realpath "$2")
else
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
fi
cp "$here/package.json" "$here/check.mjs" "$here/unreachable.json" "$work/"
if [ ! -d "$work/node_modules" ] || ! cmp -s "$here/package-lock.json" "$work/package-lock.json"; then
  rm -rf "$work/node_modules"
  cp "$here/package-lock.json" "$work/"
  # The lock file names what is installed by its digest and not where it comes from.
  (cd "$work" && npm ci --ignore-scripts --no-audit --no-fund --silent) || { rm -rf "$work/node_modules"; exit 1; }
fi
rm -f "$work/exchanges.jsonl"
"$recorder" "$work/exchanges.jsonl"
node "$work/check.mjs" "$here/../../docs/openapi.json" "$work/exchanges.jsonl"
