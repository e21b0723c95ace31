#!/usr/bin/env bash
# Measures the services of a survey on this machine: three parties, a coordinator and a publisher as processes of their own.
#
#   scripts/load.sh [--program FILE] [usual|soak|large|proven]
#
# Prints one JSON object. The rate limits, which protect a real survey, are raised for the run.
# usual       (the default; about two minutes) answers, one answer, a batch of 10,000, releases, pages
# soak        100,000 answers in ten batches, one in a hundred malformed and one in a hundred sent twice. Fails unless everybody is
#             counted once, the sum is that of what was sent, and no service holds more between its jobs than its page cache explains
# large       one batch of 100,000 answers: the time of its close and of its release
# proven      10,000 answers with an attestation each, made before; bench/proven_answers.cc, built beside the program, makes them
# --program   an mpcstats that is built already; default: scripts/build.sh makes one
set -euo pipefail
. "$(dirname "$0")/lib.sh"

program=
run=usual
while [ $# -gt 0 ]; do
  case "$1" in
    --program) program=$(realpath "${2:?"--program takes a file"}"); shift ;;
    usual | soak | large | proven) run=$1 ;;
    *) echo "usage: scripts/load.sh [--program FILE] [usual|soak|large|proven]" >&2; exit 2 ;;
  esac
  shift
done
if [ -z "$program" ]; then
  scripts/build.sh >&2
  program=$PWD/build/release/bin/mpcstats
  [ "$run" != proven ] || build release proven_answers >&2
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

# five_columns: what the survey asks.
five_columns() {
  for column in income rent food travel savings; do
    printf '[[columns]]\nname = "%s"\nkind = "number"\nscale = 2\nmin = "0"\nmax = "100000"\n' "$column"
  done
}
# proven_columns: what a website says of a person, and the notary that attests it.
proven_columns() {
  printf '[[columns]]\nname = "balance"\nkind = "number"\nscale = 8\nmin = "0"\nmax = "100000"\n'
  printf '[[columns]]\nname = "account"\nkind = "unique"\n'
  "$(dirname "$program")/proven_answers" source
}

# survey ID BATCH FIGURE...: figures of the first column, batches of exactly BATCH answers; signed by the three parties.
survey() {
  {
    cat <<TEXT
[survey]
id = "$1"
title = "A load of $1"
opens = $(date -u -d '-1 hour' +%Y-%m-%dT%H:%M:%SZ)
closes = $(date -u -d '+1 day' +%Y-%m-%dT%H:%M:%SZ)
retention_days = 1
eligibility = "$eligibility"
batch_min = $2
batch_max = $2
group_min = 10
release_every = "1m"
[catalogue]
allow_rank_statistics = true
rank_notice = "The values are random."
TEXT
    "$columns"
    for figure in "${@:3}"; do printf '[[figures]]\nexpr = "%s(%s)"\n' "$figure" "$first"; done
    cat "$home"/party0.toml "$home"/party1.toml "$home"/party2.toml "$home/coordinator.toml" "$home/publish.toml"
    printf '\n[limits]\nposts_per_minute = 1000000\n'
  } >"$home/$1.toml"
  "$program" survey check "$home/$1.toml" >/dev/null
  for i in 0 1 2 0 1; do "$program" survey sign "$home/$1.toml" --config "$home/party$i/config.toml" >/dev/null; done
}
columns=five_columns first=income eligibility=open
five=(count mean median max gini)
case "$run" in
  usual)
    surveys=(many batch people)
    survey many 50000 "${five[@]}"
    survey batch 10000 "${five[@]}"
    survey people 1000 "${five[@]}"
    ;;
  soak) surveys=(soak); survey soak 10000 count sum ;;
  large) surveys=(large); survey large 100000 "${five[@]}" ;;
  proven)
    columns=proven_columns first=balance eligibility=proven
    surveys=(proven)
    survey proven 10000 count sum
    ;;
esac

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
for id in "${surveys[@]}"; do "$program" survey open "$home/$id.survey.json" >/dev/null; done

# memory: kilobytes in use by each party.
memory() {
  local i list=
  for i in 0 1 2; do list+=",$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/${services[$i]}/status")"; done
  echo "[${list#,}]"
}
# processor_seconds: of the five services so far.
processor_seconds() {
  local pid
  for pid in "${services[@]}"; do cut -d' ' -f14,15 "/proc/$pid/stat"; done |
    awk -v ticks="$(getconf CLK_TCK)" '{ sum += $1 + $2 } END { print sum / ticks }'
}
load() { "$program" load --json "$@"; }
# await_release ID: until the survey has its first result.
await_release() { "$program" query --survey "$home/$1.survey.json" -o "$home/$1.json" --wait 60 >/dev/null; }

idle=$(memory)
before=$(cut -d' ' -f1-3 /proc/loadavg)

usual() {
  one=$(load --survey "$home/many.survey.json" --one)
  many=$(load --survey "$home/many.survey.json" --answers 20000 --connections 16 --seconds 120)
  mixed=$(load --survey "$home/many.survey.json" --answers 2000 --connections 16 --mix)
  batch=$(load --survey "$home/batch.survey.json" --answers 10000 --connections 16 --seconds 120)
  await_release batch
  people=$(load --survey "$home/people.survey.json" --answers 1000 --connections 16)
  await_release people
  pages=$(load --pages "$page/surveys/people" --connections 16)
  after=$(memory)

  scripts/load_report.py usual "$home/coordinator.log" "$before" "$idle" "$after" "$many" "$one" "$mixed" "$batch" "$people" "$pages"
}

# watch_memory FILE: kilobytes of the five services, one line a second.
watch_memory() {
  while sleep 1; do
    for pid in "${services[@]}"; do sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status"; done | paste -sd' '
  done >"$1"
}
# released ID: how many people the newest release has that query fetches.
released() {
  "$program" query --survey "$home/$1.survey.json" -o "$home/$1.json" --wait 30 >/dev/null 2>&1 || true
  scripts/load_report.py people "$home/$1.json"
}

soak() {
  watch_memory "$home/memory" &
  local watcher=$!
  local sent tries
  sent=$(load --survey "$home/soak.survey.json" --answers 100000 --connections 16 --mix --seconds 600)
  for ((tries = 0; tries < 300; ++tries)); do
    [ "$(released soak)" = 100000 ] && break
    sleep 1
  done
  sleep 5  # at rest: a job that is still going on would count as something held
  kill "$watcher"
  scripts/load_report.py soak "$home/coordinator.log" "$before" "$sent" "$home/soak.json" "$home/memory"
}

large() {
  local sent
  sent=$(load --survey "$home/large.survey.json" --answers 100000 --connections 16 --seconds 600)
  "$program" query --survey "$home/large.survey.json" -o "$home/large.json" --wait 300 >/dev/null
  "$program" verify "$home/large.json" --survey "$home/large.survey.json" >/dev/null
  scripts/load_report.py large "$home/coordinator.log" "$before" "$sent" "$(memory)"
}

proven() {
  local sent tries
  "$(dirname "$program")/proven_answers" answers "$home/proven.survey.json" 10000 "$home/answers"
  local started
  started=$(processor_seconds)
  sent=$(load --survey "$home/proven.survey.json" --sealed "$home/answers" --connections 16 --seconds 300)
  local posted
  posted=$(processor_seconds)
  for ((tries = 0; tries < 120; ++tries)); do
    [ "$(released proven)" = 10000 ] && break
    sleep 1
  done
  [ "$(released proven)" = 10000 ] || { echo "load.sh: not all proven answers were counted" >&2; exit 1; }
  scripts/load_report.py proven "$home/coordinator.log" "$before" "$sent" "$(memory)" "$started" "$posted"
}

"$run"
