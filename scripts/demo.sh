#!/usr/bin/env bash
# Runs the whole system on this machine: three parties, a coordinator and a publisher as processes of their own, with fresh
# keys and TLS; fifty answers through the client that anybody would use; one release; the public page.
#
#   scripts/demo.sh [--exit] [--port N]
#
# --exit   stop everything after printing, instead of leaving the page up until Ctrl-C
# --port   of the public page; default 8004, or the next free one
set -euo pipefail
. "$(dirname "$0")/lib.sh"

stay=yes
page_port=8004
while [ $# -gt 0 ]; do
  case "$1" in
    --exit) stay=no ;;
    --port) page_port=${2:?"--port takes a number"}; shift ;;
    *) echo "usage: scripts/demo.sh [--exit] [--port N]" >&2; exit 2 ;;
  esac
  shift
done

scripts/build.sh
program=$PWD/build/release/bin/mpcstats
table=$PWD/examples/us_states_1977.csv

home=$(mktemp -d "${TMPDIR:-/tmp}/mpcstats-demo.XXXXXX")
services=()
finish() {
  local pid
  for pid in "${services[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  for pid in "${services[@]}"; do wait "$pid" 2>/dev/null || true; done
  [ -n "${MPCSTATS_DEMO_KEEP:-}" ] || rm -rf "$home"
}
trap finish EXIT
trap 'exit 130' INT TERM

taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
next_port=20000
# free_port VARIABLE: a port that nobody listens at.
free_port() {
  while taken "$next_port"; do next_port=$((next_port + 1)); done
  printf -v "$1" '%s' "$next_port"
  next_port=$((next_port + 1))
}
while taken "$page_port"; do page_port=$((page_port + 1)); done

cat <<'TEXT'

The per-capita incomes of the 50 US states in 1974 (examples/us_states_1977.csv), as if each state answered a survey.

  - Three parties, a coordinator and a publisher start on this machine, each with keys of its own. They speak TLS 1.3.
  - Each answer is split into three random shares, sealed to one party each. The coordinator cannot open them.
  - The parties agree on the batch, compute on the shares, verify each other's work, and sign one receipt.
  - All of them run here, on one machine, to be watched: privacy begins when three organisations run one party each.

TEXT

# init ROLE DIRECTORY NAME URL OPTION...: a service's directory; what the survey must say of it goes to DIRECTORY.toml.
init() {
  local role=$1 directory=$2 name=$3 url=$4
  shift 4
  "$program" init "$role" "$directory" --name "$name" --url "$url" "$@" >"$directory.toml"
}
names=("North University" "Consumers' Union" "Harbour Foundation")
for i in 0 1 2; do
  free_port port
  free_port mpc
  init party "$home/party$i" "${names[$i]}" "https://127.0.0.1:$port" --listen "127.0.0.1:$port" --mpc "127.0.0.1:$mpc" --index "$i"
done
free_port port
init coordinator "$home/coordinator" "Survey office" "https://127.0.0.1:$port" --listen "127.0.0.1:$port"
sed -i 's/^batch_interval_seconds = .*/batch_interval_seconds = 1/' "$home/coordinator/config.toml"
init publish "$home/publish" "Results" "http://127.0.0.1:$page_port" --listen "127.0.0.1:$page_port"

survey=$home/us-incomes.toml
{
  cat <<TEXT
[survey]
id = "us-incomes"
title = "What did people earn in 1974?"
description = "Fifty states answer with their income per head. No server sees an answer unless two parties collude."
opens = $(date -u -d '-1 hour' +%Y-%m-%dT%H:%M:%SZ)
closes = $(date -u -d '+1 day' +%Y-%m-%dT%H:%M:%SZ)
retention_days = 1
eligibility = "open"
batch_min = 50
batch_max = 1000
group_min = 16
release_every = "1m"

[[columns]]
name = "income_usd"
label = "Income per head"
unit = "USD"
kind = "number"
scale = 0
min = "0"
max = "50000"

[catalogue]
allow_rank_statistics = true
rank_notice = "The median and the maximum are the exact answer of one state, or lie between two: this survey turned them on."

[[figures]]
expr = "gini(income_usd)"
label = "Gini index of the states"
[[figures]]
expr = "mean(income_usd)"
label = "Mean"
[[figures]]
expr = "median(income_usd)"
label = "Median"
[[figures]]
expr = "max(income_usd)"
label = "Largest"
[[figures]]
expr = "count(income_usd)"
label = "Answers"
[[figures]]
expr = "histogram(income_usd, 4150, 4750)"
label = "How many states, by income per head"

[hero]
expr = "gini(income_usd)"
scale = [{up_to = 0.1, word = "very even"}, {up_to = 0.3, word = "even"}, {up_to = 0.5, word = "uneven"}, {up_to = 1.0, word = "very uneven"}]

TEXT
  cat "$home"/party0.toml "$home"/party1.toml "$home"/party2.toml "$home/coordinator.toml" "$home/publish.toml"
  printf '\n[limits]\nposts_per_minute = 6000\n'
} >"$survey"

# start NAME ROLE DIRECTORY
start() {
  "$program" "$2" --config "$3/config.toml" 2>"$home/$1.log" &
  services+=("$!")
}
# wait_for FILE PID LOG: until a service listens.
wait_for() {
  local tries
  for ((tries = 0; tries < 200; ++tries)); do
    [ -f "$1" ] && return 0
    kill -0 "$2" 2>/dev/null || break
    sleep 0.05
  done
  echo "demo.sh: a service did not start:" >&2
  cat "$3" >&2
  exit 1
}

echo "== The survey is checked, and signed by the three parties"
"$program" survey check "$survey" | tail -1
# Each party adds its key of the survey, the third one signs at once, then the first two sign.
for i in 0 1 2 0 1; do "$program" survey sign "$survey" --config "$home/party$i/config.toml" | head -1; done
signed=$home/us-incomes.survey.json

echo "== Five servers start"
for i in 0 1 2; do start "party$i" party "$home/party$i"; done
start coordinator coordinator "$home/coordinator"
start publish publish "$home/publish"
i=0
for one in party0 party1 party2 coordinator publish; do
  wait_for "$home/$one/port" "${services[$i]}" "$home/$one.log"
  i=$((i + 1))
done
"$program" survey open "$signed"

echo "== Fifty answers"
(cd "$home" && "$program" share --survey "$signed" --csv "$table" --yes | tail -4)

echo "== The release"
"$program" query --survey "$signed" -o "$home/result.json" --wait 60
"$program" verify "$home/result.json" --survey "$signed" | tail -1
"$program" included "$home/us-incomes-tickets/00001.ticket.json" "$home/result.json"

address="http://127.0.0.1:$page_port/"
# The publisher looks for new results once a second.
for ((tries = 0; tries < 100; ++tries)); do
  curl_page=$(exec 3<>"/dev/tcp/127.0.0.1/$page_port" && printf 'GET /surveys/us-incomes/result.json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3 && head -1 <&3)
  case "$curl_page" in *" 200 "*) break ;; esac
  sleep 0.1
done
echo
echo "The page: $address"
if [ "$stay" = yes ]; then
  echo "Everything runs until Ctrl-C. By hand, for example:"
  echo "  $program verify $home/result.json --survey $signed"
  echo "  $program doctor --survey $signed"
  wait
fi
