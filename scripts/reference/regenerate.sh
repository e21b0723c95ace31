#!/bin/sh
# Writes all tables and reference values again and compares R with the exact values; needs python3 and Rscript.
set -eu
cd "$(dirname "$0")/../.."
values=$(mktemp)
trap 'rm -f "$values"' EXIT
python3 scripts/reference/make_tables.py .
python3 scripts/reference/exact.py .
Rscript --vanilla scripts/reference/r_reference.R . > "$values"
python3 scripts/reference/compare.py "$values" --write .
python3 scripts/reference/exact.py --check .
python3 scripts/reference/calls.py --calls | Rscript --vanilla scripts/reference/calls.R . > "$values.tsv"
python3 scripts/reference/calls.py "$values.tsv" .
rm "$values.tsv"
