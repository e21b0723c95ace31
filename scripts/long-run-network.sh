#!/usr/bin/env bash
# A survey between three parties in network namespaces of their own, 50 ms apart each way, whose network breaks twice.
#
#   scripts/long-run-network.sh [--program FILE]
#
# The third party's network drops everything for some seconds while a batch closes: connections outlive that. It drops everything
# for longer than any wait of the parties while a release is computed: the sessions end and are made again. Asserted: nothing is
# finished while the network is away, afterwards everybody is counted once, the sum is right, the result verifies, and the three
# parties show the same release. Prints one JSON object. Needs root, for the namespaces, which it takes away again.
# --program   an mpcstats that is built already; default: scripts/build.sh makes one
set -euo pipefail
. "$(dirname "$0")/lib.sh"

program=
while [ $# -gt 0 ]; do
  case "$1" in
    --program) program=$(realpath "${2:?"--program takes a file"}"); shift ;;
    *) echo "usage: scripts/long-run-network.sh [--program FILE]" >&2; exit 2 ;;
  esac
  shift
done
if [ "$(id -u)" -ne 0 ]; then
  echo "long-run-network.sh: network namespaces need root: run it with sudo" >&2
  exit 1
fi
for tool in ip python3 curl; do
  command -v "$tool" >/dev/null || { echo "long-run-network.sh: $tool is missing: run scripts/setup.sh test" >&2; exit 1; }
done
if [ -z "$program" ]; then
  scripts/build.sh >&2
  program=$PWD/build/release/bin/mpcstats
fi

delay_ms=50
people=40
short_cut=8   # less than any wait of the parties
long_cut=45   # more than the 30 s that a party waits for a peer
tag="mpc$$"
hosts=(p0 p1 p2 office)
home=$(mktemp -d "${TMPDIR:-/tmp}/mpcstats-network.XXXXXX")
services=()
finish() {
  local pid host
  for pid in "${services[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  for pid in "${services[@]}"; do wait "$pid" 2>/dev/null || true; done
  exec {to_switch}>&- 2>/dev/null || true
  for host in "${hosts[@]}"; do ip netns del "$tag-$host" 2>/dev/null || true; done
  rm -rf "$home"
}
to_switch=
trap finish EXIT
trap 'exit 130' INT TERM

fail() {
  echo "long-run-network.sh: $*" >&2
  tail -n 5 "$home"/*.log >&2 || true
  exit 1
}

# The network: a switch with four ports, one namespace behind each.
mkfifo "$home/commands" "$home/replies"
python3 scripts/delaying_switch.py "$delay_ms" "${hosts[@]/#/$tag-}" <"$home/commands" >"$home/replies" 2>"$home/switch.log" &
services+=("$!")
exec {to_switch}>"$home/commands" {from_switch}<"$home/replies"
read -r -t 60 word <&"$from_switch" && [ "$word" = ready ] || fail "the switch did not start"
number=1
for host in "${hosts[@]}"; do
  ip netns add "$tag-$host"
  ip link set "$tag-$host" netns "$tag-$host"
  ip -n "$tag-$host" link set lo up
  ip -n "$tag-$host" addr add "10.77.0.$number/24" dev "$tag-$host"
  ip -n "$tag-$host" link set "$tag-$host" up
  number=$((number + 1))
done
on() { local host=$1; shift; ip netns exec "$tag-$host" "$@"; }
# network cut|heal HOST
network() {
  echo "$1 $tag-$2" >&"$to_switch"
  read -r -t 60 word <&"$from_switch" || fail "the switch does not answer"
}

# init ROLE NAME URL OPTION...
init() {
  local role=$1 name=$2 url=$3
  shift 3
  "$program" init "$role" "$home/$name" --name "$name" --url "$url" "$@" >"$home/$name.toml"
}
for i in 0 1 2; do
  address=10.77.0.$((i + 1))
  init party "party$i" "https://$address:8443" --listen "$address:8443" --mpc "$address:9443" --index "$i"
done
init coordinator coordinator https://10.77.0.4:8443 --listen 10.77.0.4:8443
sed -i 's/^batch_interval_seconds = .*/batch_interval_seconds = 1/' "$home/coordinator/config.toml"

{
  cat <<TEXT
[survey]
id = "far"
title = "Far apart"
opens = $(date -u -d '-1 hour' +%Y-%m-%dT%H:%M:%SZ)
closes = $(date -u -d '+1 day' +%Y-%m-%dT%H:%M:%SZ)
retention_days = 1
eligibility = "open"
batch_min = $people
batch_max = $people
group_min = 10
release_every = 1
[[columns]]
name = "income"
kind = "number"
scale = 2
min = "0"
max = "100000"
[[figures]]
expr = "sum(income)"
[[figures]]
expr = "count(income)"
[[figures]]
expr = "gini(income)"
[[figures]]
expr = "variance(income)"
TEXT
  cat "$home"/party0.toml "$home"/party1.toml "$home"/party2.toml "$home/coordinator.toml"
  printf '\n[limits]\nposts_per_minute = 6000\n'
} >"$home/far.toml"
"$program" survey check "$home/far.toml" >/dev/null
for i in 0 1 2 0 1; do "$program" survey sign "$home/far.toml" --config "$home/party$i/config.toml" >/dev/null; done
survey=$home/far.survey.json

for name in party0 party1 party2 coordinator; do
  host=${name/party/p}
  # Not through on(): the process that is ended must be the service and no shell around it.
  ip netns exec "$tag-${host/coordinator/office}" "$program" "${name%[012]}" --config "$home/$name/config.toml" 2>"$home/$name.log" &
  services+=("$!")
done
for name in party0 party1 party2 coordinator; do
  for ((tries = 0; tries < 400; ++tries)); do
    [ -f "$home/$name/port" ] && continue 2
    sleep 0.05
  done
  fail "$name did not start"
done
on office "$program" survey open "$survey" >/dev/null || fail "the survey did not open"

# share FIRST: as many answers as a batch takes, with the amounts FIRST, FIRST + 1, ...
share() {
  { echo income; seq "$1" "$(($1 + people - 1))"; } >"$home/answers.csv"
  on office "$program" share --survey "$survey" --csv "$home/answers.csv" --yes --ticket "$home/tickets-$1" >/dev/null ||
    fail "the answers from $1 on were not taken"
}
# state JOB: what party 0 says of a job; empty when it does not know it.
hash=$(python3 - "$survey" <<TEXT
import hashlib, json, struct, sys
draft = json.load(open(sys.argv[1]))
text = draft["survey"].encode()
data = b"mpcstats/v1/survey" + struct.pack("<Q", len(text)) + text + b"".join(bytes.fromhex(k) for k in draft["box_keys"])
print(hashlib.sha256(data).hexdigest())
TEXT
)
state() {
  on office curl --silent --insecure --max-time 5 "https://10.77.0.1:8443/v1/surveys/$hash/jobs/$1" |
    sed -n 's/.*"state":"\([a-z]*\)".*/\1/p'
}
# cut_during JOB SECONDS: the third party's network goes away while the job runs, and comes back.
cut_during() {
  local tries
  for ((tries = 0; tries < 600; ++tries)); do
    [ "$(state "$1")" = running ] && break
    sleep 0.05
  done
  # Past the greeting: the work itself is what is interrupted.
  sleep 1
  network cut p2
  [ "$(state "$1")" = running ] || fail "$1 was over before the network was cut"
  sleep "$2"
  [ "$(state "$1")" != done ] || fail "$1 was done without the third party"
  network heal p2
}
# await_count COUNT: until a release has that many people.
await_count() {
  local tries
  for ((tries = 0; tries < 240; ++tries)); do
    if on office "$program" query --survey "$survey" -o "$home/result.json" --wait 10 >"$home/query.log" 2>&1 &&
      [ "$(figure 'count(income)')" = "$1" ]; then
      return
    fi
    sleep 0.5
  done
  fail "no release of $1 people came: $(cat "$home/query.log")"
}
figure() {
  python3 - "$home/result.json" "$1" <<TEXT
import json, sys
print(next(o["exact"] for o in json.load(open(sys.argv[1]))["body"]["outputs"] if o["expression"] == sys.argv[2]))
TEXT
}
now() { date +%s.%N; }

# Without a fault, for the time it takes.
start=$(now)
share 1
await_count "$people"
quiet=$(now)
[ "$(figure 'sum(income)')" = $((people * (people + 1) / 2)) ] || fail "the first sum is wrong"

# While a batch closes.
share 1001
shared=$(now)
cut_during batch-2 "$short_cut"
await_count $((2 * people))
healed=$(now)
sum=$((people * (people + 1) / 2 + people * (2 * 1001 + people - 1) / 2))
[ "$(figure 'sum(income)')" = "$sum" ] || fail "the sum after the first cut is wrong"

# While a release is computed.
share 5001
cut_during release-3 "$long_cut"
again=$(now)
await_count $((3 * people))
over=$(now)
sum=$((sum + people * (2 * 5001 + people - 1) / 2))
[ "$(figure 'sum(income)')" = "$sum" ] || fail "the sum after the second cut is wrong"
"$program" verify "$home/result.json" --survey "$survey" >/dev/null || fail "the result does not verify"
for i in 1 2 3; do
  on office curl --silent --insecure "https://10.77.0.$i:8443/v1/surveys/$hash/releases/3" >"$home/release-$i.json"
  cmp -s "$home/release-1.json" "$home/release-$i.json" || fail "two parties show different releases of number 3"
done

python3 - <<TEXT
import json
print(json.dumps({
    "delay_ms_each_way": $delay_ms,
    "people_per_batch": $people,
    "shared_closed_released_seconds": round($quiet - $start, 1),
    "cut_during_close_seconds": $short_cut,
    "answers_to_release_with_that_cut_seconds": round($healed - $shared, 1),
    "cut_during_release_seconds": $long_cut,
    "release_after_healing_seconds": round($over - $again, 1),
    "sum": "$sum",
}, indent=2))
TEXT
