#!/usr/bin/env bash
# Measures the services of a survey on this machine: three parties, a coordinator and a publisher as processes of their own.
#
#   scripts/load.sh [--program FILE]
#
# Prints one JSON object. The rate limits, which protect a real survey, are raised for the run. Takes about two minutes.
# --program   an mpcstats that is built already; default: scripts/build.sh makes one
set -euo pipefail
. "$(dirname "$0")/lib.sh"

program=
while [ $# -gt 0 ]; do
  case "$1" in
    --program) program=$(realpath "${2:?"--program takes a file"}"); shift ;;
    *) echo "usage: scripts/load.sh [--program FILE]" >&2; exit 2 ;;
  esac
  shift
done
if [ -z "$program" ]; then
  scripts/build.sh >&2
  program=$PWD/build/release/bin/mpcstats
fi

home=$(mktemp -d "${TMPDIR:-/tmp}/mpcstats-load.XXXXXX")
services=()
finish() {
  local pid
  for pid in "${services[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  for pid in "${services[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$home"
}
trap finish EXIT
trap 'exit 130' INT TERM

next_port=21000
# free_port VARIABLE: a port that nobody listens at.
free_port() {
  while (exec 3<>"/dev/tcp/127.0.0.1/$next_port") 2>/dev/null; do next_port=$((next_port + 1)); done
  printf -v "$1" '%s' "$next_port"
  next_port=$((next_port + 1))
}

# init ROLE NAME SCHEME OPTION...: the directory $home/NAME; what surveys say of it goes to $home/NAME.toml.
init() {
  local role=$1 name=$2 scheme=$3 port
  shift 3
  free_port port
  "$program" init "$role" "$home/$name" --name "$name" --url "$scheme://127.0.0.1:$port" --listen "127.0.0.1:$port" "$@" \
    >"$home/$name.toml"
  sed -i '/^\[limits\]/,$d' "$home/$name/config.toml"
  printf '[limits]\nrequests_per_minute = 1000000\nburst = 1000000\n' >>"$home/$name/config.toml"
}
for i in 0 1 2; do
  free_port mpc
  init party "party$i" https --mpc "127.0.0.1:$mpc" --index "$i"
done
init coordinator coordinator https
sed -i 's/^batch_interval_seconds = .*/batch_interval_seconds = 1/' "$home/coordinator/config.toml"
init publish publish http
page=$(sed -n 's/^url *= *"\(.*\)"/\1/p' "$home/publish.toml")

# survey ID BATCH: five columns, five figures, batches of exactly BATCH answers; signed by the three parties.
survey() {
  {
    cat <<TEXT
[survey]
id = "$1"
title = "A load of $1"
opens = $(date -u -d '-1 hour' +%Y-%m-%dT%H:%M:%SZ)
closes = $(date -u -d '+1 day' +%Y-%m-%dT%H:%M:%SZ)
retention_days = 1
eligibility = "open"
batch_min = $2
batch_max = $2
group_min = 10
release_every = "1m"
[catalogue]
allow_rank_statistics = true
rank_notice = "The values are random."
TEXT
    for column in income rent food travel savings; do
      printf '[[columns]]\nname = "%s"\nkind = "number"\nscale = 2\nmin = "0"\nmax = "100000"\n' "$column"
    done
    for figure in count mean median max gini; do printf '[[figures]]\nexpr = "%s(income)"\n' "$figure"; done
    cat "$home"/party0.toml "$home"/party1.toml "$home"/party2.toml "$home/coordinator.toml" "$home/publish.toml"
    printf '\n[limits]\nposts_per_minute = 1000000\n'
  } >"$home/$1.toml"
  "$program" survey check "$home/$1.toml" >/dev/null
  for i in 0 1 2 0 1; do "$program" survey sign "$home/$1.toml" --config "$home/party$i/config.toml" >/dev/null; done
}
survey many 50000
survey batch 10000
survey people 1000

all=(party0 party1 party2 coordinator publish)
for name in "${all[@]}"; do
  "$program" "${name%[012]}" --config "$home/$name/config.toml" 2>"$home/$name.log" &
  services+=("$!")
done
for name in "${all[@]}"; do
  for ((tries = 0; tries < 200; ++tries)); do
    [ -f "$home/$name/port" ] && continue 2
    sleep 0.05
  done
  echo "load.sh: $name did not start:" >&2
  cat "$home/$name.log" >&2
  exit 1
done
for id in many batch people; do "$program" survey open "$home/$id.survey.json" >/dev/null; done

# memory: kilobytes in use by each party.
memory() {
  local i list=
  for i in 0 1 2; do list+=",$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/${services[$i]}/status")"; done
  echo "[${list#,}]"
}
load() { "$program" load --json "$@"; }
# await_release ID: until the survey has its first result.
await_release() { "$program" query --survey "$home/$1.survey.json" -o "$home/$1.json" --wait 60 >/dev/null; }

idle=$(memory)
before=$(cut -d' ' -f1-3 /proc/loadavg)
one=$(load --survey "$home/many.survey.json" --one)
many=$(load --survey "$home/many.survey.json" --answers 20000 --connections 16 --seconds 120)
mixed=$(load --survey "$home/many.survey.json" --answers 2000 --connections 16 --mix)
batch=$(load --survey "$home/batch.survey.json" --answers 10000 --connections 16 --seconds 120)
await_release batch
people=$(load --survey "$home/people.survey.json" --answers 1000 --connections 16)
await_release people
pages=$(load --pages "$page/surveys/people" --connections 16)
after=$(memory)

python3 - "$home/coordinator.log" <<TEXT
import datetime, json, re, sys

batch, people = json.loads('$batch'), json.loads('$people')
jobs = {}
for line in open(sys.argv[1]):
    if "job-done" not in line:
        continue
    stamp = datetime.datetime.fromisoformat(re.search(r"\d{4}-\d\d-\d\dT[\d:.]+", line)[0]).replace(tzinfo=datetime.timezone.utc)
    survey = re.search(r"survey\W+([0-9a-f]{64})", line)[1]
    jobs.setdefault(survey, []).append(stamp.timestamp())
# A survey's first job closes its batch, the second makes the release; the surveys went one after the other.
(batch_closed, batch_released), (people_closed, people_released) = [times[:2] for times in jobs.values()]
print(json.dumps({
    "load_average_before": "$before",
    "answers": json.loads('$many'),
    "one": json.loads('$one'),
    "mixed": json.loads('$mixed'),
    "close_10000_seconds": batch_closed - batch["verdicts_at"],
    "release_10000_seconds": batch_released - batch_closed,
    "close_1000_seconds": people_closed - people["verdicts_at"],
    "release_1000_seconds": people_released - people_closed,
    "pages": json.loads('$pages'),
    "idle_party_kilobytes": $idle,
    "party_kilobytes_after": $after,
}, indent=2))
TEXT
