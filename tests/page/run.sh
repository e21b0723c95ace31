#!/usr/bin/env bash
# Checks the public page at an address in a real browser.
#
#   tests/page/run.sh ADDRESS WORK_DIRECTORY
#
# ADDRESS may be a file that render_sample wrote.
# Installs playwright-core and axe-core into WORK_DIRECTORY; screenshots go to WORK_DIRECTORY/screenshots.
set -euo pipefail
address=${1:?"usage: tests/page/run.sh ADDRESS WORK_DIRECTORY"}
work=${2:?"usage: tests/page/run.sh ADDRESS WORK_DIRECTORY"}
[ ! -f "$address" ] || address=$(realpath "$address")
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$work/screenshots"
if [ ! -d "$work/node_modules" ] || ! cmp -s "$here/package-lock.json" "$work/package-lock.json"; then
  rm -rf "$work/node_modules"
  cp "$here/package.json" "$here/package-lock.json" "$work/"
  # The lock file names what is installed by its digest and not where it comes from.
  (cd "$work" && npm ci --ignore-scripts --no-audit --no-fund --silent) || { rm -rf "$work/node_modules"; exit 1; }
fi
cp "$here/check.mjs" "$work/"
cd "$work"
exec node check.mjs "$address" "$work/screenshots"
