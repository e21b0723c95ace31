#!/usr/bin/env python3
"""What scripts/load.sh says of its runs: one JSON object. Exits with 1 when a soak did not hold.

usage: load_report.py usual|soak|large|proven|people ARGUMENT...    (the arguments are those that load.sh gives)
"""

import datetime
import decimal
import json
import re
import sys

# At the end of a soak a service may hold this much more than what it began with and its full page cache: heaps fragment.
GROWTH = 1.25
PAGE_CACHE_KILOBYTES = 65536  # store/database.cc; 100,000 answers fill it
SERVICES = ("party 0", "party 1", "party 2", "coordinator", "publisher")


def finished_jobs(log, event="job-done"):
    """Seconds since 1970 at which each survey's jobs were done, or ordered, in their order."""
    jobs = {}
    with open(log, encoding="utf-8") as lines:
        for line in lines:
            if event not in line:
                continue
            stamp = datetime.datetime.fromisoformat(re.search(r"\d{4}-\d\d-\d\dT[\d:.]+", line)[0])
            survey = re.search(r"survey\W+([0-9a-f]{64})", line)[1]
            jobs.setdefault(survey, []).append(stamp.replace(tzinfo=datetime.timezone.utc).timestamp())
    return list(jobs.values())


def figure(result, name):
    return next(o["exact"] for o in result["body"]["outputs"] if o["expression"] == name)


def people(path):
    try:
        with open(path, encoding="utf-8") as file:
            return sum(batch["count"] for batch in json.load(file)["body"]["batches"])
    except (OSError, ValueError, KeyError):
        return 0


def usual(log, before, idle, after, many, one, mixed, batch, few, pages):
    # A survey's first job closes its batch, the second makes the release; the surveys went one after the other.
    (batch_closed, batch_released), (people_closed, people_released) = [times[:2] for times in finished_jobs(log)]
    return {
        "load_average_before": before,
        "answers": json.loads(many),
        "one": json.loads(one),
        "mixed": json.loads(mixed),
        "close_10000_seconds": batch_closed - json.loads(batch)["verdicts_at"],
        "release_10000_seconds": batch_released - batch_closed,
        "close_1000_seconds": people_closed - json.loads(few)["verdicts_at"],
        "release_1000_seconds": people_released - people_closed,
        "pages": json.loads(pages),
        "idle_party_kilobytes": json.loads(idle),
        "party_kilobytes_after": json.loads(after),
    }


def soak(log, before, sent, result, memory):
    sent = json.loads(sent)
    with open(result, encoding="utf-8") as file:
        result = json.load(file)
    with open(memory, encoding="utf-8") as lines:
        rows = [[int(word) for word in line.split()] for line in lines]
    rows = [row for row in rows if len(row) == len(SERVICES)]
    # The least of a time is what a service holds between its jobs: what leaks stays there. The most grows with the people of a
    # release, which holds all of them once.
    first = rows[0]
    last = [min(row[i] for row in rows[3 * len(rows) // 4 :]) for i in range(len(SERVICES))]
    most = [max(row[i] for row in rows) for i in range(len(SERVICES))]
    faults = []
    if figure(result, "count(income)") != str(sent["accepted"]):
        faults.append(f"{sent['accepted']} answers were taken and {figure(result, 'count(income)')} counted")
    if decimal.Decimal(figure(result, "sum(income)")) != decimal.Decimal(sent["first_column_sum"]):
        faults.append(f"the sum is {figure(result, 'sum(income)')} and not {sent['first_column_sum']}")
    if not sent["malformed_refused"] or not sent["duplicates"]:
        faults.append("nothing malformed or twice was sent")
    for name, then, now in zip(SERVICES, first, last):
        allowed = GROWTH * (then + (PAGE_CACHE_KILOBYTES if name != "publisher" else 0))
        if now > allowed:
            faults.append(f"{name} holds {now} kB between jobs, and not at most {allowed:.0f}")
    return {
        "load_average_before": before,
        "sent": sent,
        "batches": len(result["body"]["batches"]),
        "jobs": [len(times) for times in finished_jobs(log)],
        "sum": figure(result, "sum(income)"),
        "kilobytes_at_the_start": dict(zip(SERVICES, first)),
        "kilobytes_least_in_last_quarter": dict(zip(SERVICES, last)),
        "kilobytes_most": dict(zip(SERVICES, most)),
        "faults": faults,
    }


def large(log, before, sent, after):
    sent = json.loads(sent)
    ((closed, released, *_),) = finished_jobs(log)
    ((_, asked, *_),) = finished_jobs(log, "job-ordered")
    return {
        "load_average_before": before,
        "sent": sent,
        "close_100000_seconds": closed - sent["verdicts_at"],
        # Between the two the coordinator writes down what the batch decided of each answer.
        "record_100000_seconds": asked - closed,
        "release_100000_seconds": released - asked,
        "party_kilobytes_after": json.loads(after),
    }


def proven(log, before, sent, after, started, posted):
    sent = json.loads(sent)
    # What the services take of a processor, whoever else has it meanwhile.
    milliseconds = 1e3 * (float(posted) - float(started)) / sent["accepted"]
    ((closed, released, *_),) = finished_jobs(log)
    return {
        "load_average_before": before,
        "sent": sent,
        "service_milliseconds_an_answer": milliseconds,
        "close_10000_seconds": closed - sent["verdicts_at"],
        "release_10000_seconds": released - closed,
        "party_kilobytes_after": json.loads(after),
    }


def main():
    runs = {"usual": usual, "soak": soak, "large": large, "proven": proven, "people": people}
    if len(sys.argv) < 3 or sys.argv[1] not in runs:
        sys.exit(__doc__)
    report = runs[sys.argv[1]](*sys.argv[2:])
    print(report if sys.argv[1] == "people" else json.dumps(report, indent=2))
    if isinstance(report, dict) and report.get("faults"):
        sys.exit(1)


if __name__ == "__main__":
    main()
