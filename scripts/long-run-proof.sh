#!/usr/bin/env bash
# How long a proof takes over slow links: prover in one network namespace, notary and website in another.
#
#   scripts/long-run-proof.sh [--mode proxy|mpc] [--program FILE] [MILLISECONDS:MEGABITS]...
#   scripts/long-run-proof.sh --views [SESSIONS]
#
# Milliseconds are each way. Default: 25:100 and 20:20. Prints what bench/session_bench.cc prints for each link.
# Needs root, for the namespaces, which it takes away again.
# --mode      which of the two; default: proxy
# --program   a session_bench that is built already; default: it is built
# --views     instead: what a notary of mode mpc gets, and when the prover stops, in so many whole sessions for a secret bit of 0 and
#             as many for 1; default: 1000. Ten minutes and more, without root.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

program=
mode=proxy
links=()
while [ $# -gt 0 ]; do
  case "$1" in
    --views)
      build release zktls_test >&2
      MPCSTATS_VIEW_SESSIONS="${2:-1000}" exec build/release/bin/zktls_test --gtest_filter='LineView.*'
      ;;
    --mode)
      mode=${2:?"--mode takes proxy or mpc"}
      case "$mode" in proxy | mpc) ;; *) echo "long-run-proof.sh: there is no mode $mode" >&2; exit 2 ;; esac
      shift
      ;;
    --program) program=$(realpath "${2:?"--program takes a file"}"); shift ;;
    *:*) links+=("$1") ;;
    *)
      echo "usage: scripts/long-run-proof.sh [--mode proxy|mpc] [--program FILE] [MILLISECONDS:MEGABITS]... | --views [SESSIONS]" >&2
      exit 2
      ;;
  esac
  shift
done
[ ${#links[@]} -gt 0 ] || links=(25:100 20:20)
if [ "$(id -u)" -ne 0 ]; then
  echo "long-run-proof.sh: network namespaces need root: run it with sudo" >&2
  exit 1
fi
for tool in ip python3; do
  command -v "$tool" >/dev/null || { echo "long-run-proof.sh: $tool is missing: run scripts/setup.sh test" >&2; exit 1; }
done
if [ -z "$program" ]; then
  build release session_bench >&2
  program=$PWD/build/release/bin/session_bench
fi

tag="mpp$$"
home=$(mktemp -d "${TMPDIR:-/tmp}/mpcstats-proof-network.XXXXXX")
switch=
to_switch=
finish() {
  local host
  [ -z "$switch" ] || kill -TERM "$switch" 2>/dev/null || true
  for host in home away; do ip netns del "$tag-$host" 2>/dev/null || true; done
  rm -rf "$home" "/etc/netns/$tag-home"
}
trap finish EXIT
trap 'exit 130' INT TERM

for link in "${links[@]}"; do
  rm -f "$home/commands" "$home/replies"
  mkfifo "$home/commands" "$home/replies"
  python3 scripts/delaying_switch.py "$link" "$tag-home" "$tag-away" <"$home/commands" >"$home/replies" &
  switch=$!
  exec {to_switch}>"$home/commands" {from_switch}<"$home/replies"
  read -r -t 60 word <&"$from_switch" && [ "$word" = ready ] || { echo "long-run-proof.sh: the switch did not start" >&2; exit 1; }
  number=1
  for host in home away; do
    ip netns add "$tag-$host"
    ip link set "$tag-$host" netns "$tag-$host"
    ip -n "$tag-$host" link set lo up
    ip -n "$tag-$host" addr add "10.78.0.$number/24" dev "$tag-$host"
    ip -n "$tag-$host" link set "$tag-$host" up
    number=$((number + 1))
  done
  # In mode mpc the prover connects to the website, whose certificate says localhost.
  if [ "$mode" = mpc ]; then
    mkdir -p "/etc/netns/$tag-home"
    echo "10.78.0.2 localhost" >"/etc/netns/$tag-home/hosts"
  fi
  echo "== mode $mode, ${link%:*} ms each way, ${link#*:} Mb/s; load average $(cut -d' ' -f1-3 /proc/loadavg)"
  ip netns exec "$tag-home" "$program" --mode "$mode" --repeat 9 --netns "$tag-away" --address 10.78.0.2
  exec {to_switch}>&- {from_switch}<&-
  wait "$switch" || true
  switch=
  for host in home away; do ip netns del "$tag-$host"; done
done
