#!/usr/bin/env bash
# Installs what is missing and builds build/release/bin/mpcstats.
#
#   scripts/build.sh
set -euo pipefail
. "$(dirname "$0")/lib.sh"
if [ $# -ne 0 ]; then
  echo "usage: scripts/build.sh" >&2
  exit 2
fi

scripts/setup.sh build
build release bin/mpcstats
echo "built: build/release/bin/mpcstats"
