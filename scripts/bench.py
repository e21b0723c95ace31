#!/usr/bin/env python3
"""Runs the benchmarks of docs/performance.md and prints one JSON line each, or a Markdown table.

usage: scripts/bench.py [--repeat N] [--full] [--markdown]

--full adds the runs that need minutes or gigabytes. Times are medians; counts must be the same in every run but for the
sort, whose comparisons are random.
"""
import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

BINARY = Path(__file__).resolve().parent.parent / "build/release/bin/mpcstats"

STANDARD = [
    ("and", 2_000_000, 32),
    ("less_than", 1_000_000, 32),
    ("multiply", 1_000_000, 32),
    ("dot", 1_000_000, 32),
    ("b2a", 1_000_000, 32),
    ("shuffle", 1_000_000, 32),
    ("sort", 1_000, 32),
    ("sort", 10_000, 32),
    ("sort", 100_000, 32),
    ("sum", 1_000_000, 32),
    ("mean", 1_000_000, 32),
    ("max", 1_000_000, 32),
    ("median", 1_000_000, 32),
    ("quantile", 1_000_000, 32),
    ("variance", 1_000_000, 32),
    ("gini", 1_000, 32),
    ("gini", 100_000, 32),
]
FULL = [("sort", 1_000_000, 32), ("mean", 10_000_000, 32), ("median", 10_000_000, 32)]


def run(operation, rows, bits):
    command = [str(BINARY), "bench", operation, "--rows", str(rows), "--bits", str(bits), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def summary(operation, rows, bits, repeat):
    runs = [run(operation, rows, bits) for _ in range(repeat)]
    costs = [r["cost"] for r in runs]
    seconds = sorted(c["wall_seconds"] for c in costs)
    return {
        "operation": operation, "rows": rows, "bits": bits, "runs": repeat,
        "seconds_median": statistics.median(seconds), "seconds_min": seconds[0], "seconds_max": seconds[-1],
        "rounds": costs[0]["rounds"], "and_gates": costs[0]["and_gates"], "multiplications": costs[0]["multiplications"],
        "bytes_sent_max": max(max(c["bytes_sent"]) for c in costs),
        "peak_rss_bytes_max": max(max(c["peak_rss_bytes"]) for c in costs),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args()
    if not BINARY.exists():
        sys.exit(f"{BINARY} is not there; run scripts/build.sh first")
    if options.markdown:
        print("| operation | rows | seconds (min - max) | rounds | M AND/s | MB sent | MB memory |")
        print("|---|---|---|---|---|---|---|")
    for operation, rows, bits in STANDARD + (FULL if options.full else []):
        s = summary(operation, rows, bits, options.repeat)
        if not options.markdown:
            print(json.dumps(s), flush=True)
            continue
        rate = s["and_gates"] / s["seconds_median"] / 1e6
        print(f"| {operation} | {rows:,} | {s['seconds_median']:.3f} ({s['seconds_min']:.3f} - {s['seconds_max']:.3f}) "
              f"| {s['rounds']:,} | {rate:.0f} | {s['bytes_sent_max'] / 1e6:.3f} | "
              f"{s['peak_rss_bytes_max'] / 1e6:.0f} |", flush=True)


if __name__ == "__main__":
    main()
