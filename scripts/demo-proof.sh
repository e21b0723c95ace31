#!/usr/bin/env bash
# Proofs of origin on this machine: an exchange behind nginx with TLS, a notary, three parties, a coordinator and a publisher, each
# a process of its own with fresh keys. People prove what the exchange says their balance is, in zero knowledge, and answer
# a survey with it.
#
#   scripts/demo-proof.sh [--exit] [--mode proxy|mpc] [--people N] [--port N] [--program FILE]
#
# --exit     stop everything after printing, instead of leaving the page up until Ctrl-C
# --mode     of the proofs; default proxy, in which the notary carries the bytes. In mode mpc each person asks the exchange herself
# --people   how many answer, 10 to 50; default 50
# --port     of the public page; default 8004, or the next free one
# --program  a built mpcstats to take instead of building
set -euo pipefail
. "$(dirname "$0")/lib.sh"

stay=yes mode=proxy people=50 page_port=8004 program=
while [ $# -gt 0 ]; do
  case "$1" in
    --exit) stay=no ;;
    --mode) mode=${2:?"--mode takes proxy or mpc"}; shift ;;
    --people) people=${2:?"--people takes a number"}; shift ;;
    --port) page_port=${2:?"--port takes a number"}; shift ;;
    --program) program=${2:?"--program takes a file"}; shift ;;
    *) echo "usage: scripts/demo-proof.sh [--exit] [--mode proxy|mpc] [--people N] [--port N] [--program FILE]" >&2; exit 2 ;;
  esac
  shift
done
if ! [[ "$people" =~ ^[0-9]+$ ]] || [ "$people" -lt 10 ] || [ "$people" -gt 50 ]; then
  echo "demo-proof.sh: --people takes a number from 10 to 50" >&2
  exit 2
fi

case "$mode" in
  proxy) way="through a notary, which carries and keeps the encrypted bytes (mode proxy, the weaker one)" ;;
  mpc) way="together with a notary, each with a half of the keys, over a connection of her own (mode mpc)" ;;
  *) echo "demo-proof.sh: --mode takes proxy or mpc" >&2; exit 2 ;;
esac

scripts/setup.sh website
if [ -z "$program" ]; then
  scripts/build.sh
  program=$PWD/build/release/bin/mpcstats
fi
table=$PWD/examples/us_states_1977.csv

home=$(mktemp -d "${TMPDIR:-/tmp}/mpcstats-proof.XXXXXX")
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
next_port=$((21000 + RANDOM % 8000))
# free_port VARIABLE: a port that nobody listens at.
free_port() {
  while taken "$next_port"; do next_port=$((next_port + 1)); done
  printf -v "$1" '%s' "$next_port"
  next_port=$((next_port + 1))
}
while taken "$page_port"; do page_port=$((page_port + 1)); done

cat <<TEXT

Fifty accounts at an exchange, with the incomes of the 50 US states in 1974 as their ETH balances.

  - The exchange is a website with TLS and signed requests. It knows nothing of surveys or proofs.
  - Each person asks it for her balance $way.
    She then proves in zero knowledge what they say. The notary never sees balance, account or API key.
  - What is proven goes to the three parties as random shares. The account's number becomes a pseudonym in the computation.

TEXT

echo "== The exchange"
# Its own authority, which the notary and the people are told to trust.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=Demo authority" \
  -keyout "$home/ca.key" -out "$home/ca.pem" -addext "keyUsage=critical,keyCertSign,cRLSign" 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=localhost" -keyout "$home/web.key" -out "$home/web.csr" 2>/dev/null
openssl x509 -req -in "$home/web.csr" -CA "$home/ca.pem" -CAkey "$home/ca.key" -CAcreateserial -days 1 -out "$home/web.pem" \
  -extfile <(printf 'subjectAltName=DNS:localhost\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n') 2>/dev/null
free_port web_port
free_port api_port
mkdir -m 700 "$home/people" "$home/nginx"
number=0
tail -n +2 "$table" | head -n "$people" | while IFS=, read -r line; do
  number=$((number + 1))
  income=$(printf '%s\n' "$line" | python3 -c 'import csv,sys; print(next(csv.reader(sys.stdin))[2])')
  key=$(openssl rand -hex 16) secret=$(openssl rand -hex 16)
  printf '%s,%s,%d,%s.00000000\n' "$key" "$secret" $((350000000 + number)) "$income" >>"$home/accounts.csv"
  (umask 077 && cat >"$home/people/$number.secrets") <<TEXT
# What person $number holds at the exchange.
api_key = "$key"
api_secret = "$secret"
timestamp = "@now_ms"
signature = "@hmac_sha256 api_secret"
TEXT
done
cat >"$home/nginx/nginx.conf" <<TEXT
daemon off;
pid $home/nginx/pid;
error_log $home/nginx/error.log;
events {}
http {
  access_log off;
  client_body_temp_path $home/nginx/body; proxy_temp_path $home/nginx/proxy; fastcgi_temp_path $home/nginx/f;
  uwsgi_temp_path $home/nginx/u; scgi_temp_path $home/nginx/s;
  server {
    listen 127.0.0.1:$web_port ssl;
    ssl_certificate $home/web.pem; ssl_certificate_key $home/web.key;
    ssl_protocols TLSv1.2; ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256; ssl_ecdh_curve prime256v1; ssl_session_tickets off;
    location / { proxy_pass http://127.0.0.1:$api_port; }
  }
}
TEXT
python3 scripts/demo_exchange.py "$api_port" "$home/accounts.csv" &
services+=("$!")
nginx -c "$home/nginx/nginx.conf" 2>/dev/null &
services+=("$!")

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
free_port port
free_port sessions
init notary "$home/notary" "Harbour Notary" "https://127.0.0.1:$port" --listen "127.0.0.1:$port" --sessions "127.0.0.1:$sessions"
sed -i "s|^allowed_hosts = .*|allowed_hosts = [\"localhost:$web_port\"]|; s|^allow_private_addresses = .*|allow_private_addresses = true|; s|^root_store = .*|root_store = \"$home/ca.pem\"|" "$home/notary/config.toml"

sed "s|^host = .*|host = \"localhost\"\nport = $web_port|" examples/templates/exchange-eth.toml >"$home/exchange.toml"
template_hash=$("$program" template check "$home/exchange.toml" | sed -n 's/^ *hash //p')

survey=$home/balances.toml
{
  cat <<TEXT
[survey]
id = "balances"
title = "How is ether spread over the customers of an exchange?"
description = "Each balance was proven to come from the exchange's own website. No server sees a balance unless two parties collude."
opens = $(date -u -d '-1 hour' +%Y-%m-%dT%H:%M:%SZ)
closes = $(date -u -d '+1 day' +%Y-%m-%dT%H:%M:%SZ)
retention_days = 1
eligibility = "proven"
batch_min = $people
batch_max = 1000
group_min = 10
release_every = "1m"

[[columns]]
name = "balance"
label = "Free balance"
unit = "ETH"
kind = "number"
scale = 8
min = "0"
max = "100000000"

[[columns]]
name = "account"
label = "Account at the exchange"
kind = "unique"

[catalogue]
allow_rank_statistics = true
rank_notice = "The median and the maximum are the exact balance of one person, or lie between two: this survey turned them on."

[[figures]]
expr = "gini(balance)"
label = "Gini index of the balances"
[[figures]]
expr = "mean(balance)"
label = "Mean"
[[figures]]
expr = "median(balance)"
label = "Median"
[[figures]]
expr = "max(balance)"
label = "Largest"
[[figures]]
expr = "count(balance)"
label = "Answers"

[hero]
expr = "gini(balance)"
scale = [{up_to = 0.1, word = "very even"}, {up_to = 0.3, word = "even"}, {up_to = 0.5, word = "uneven"}, {up_to = 1.0, word = "very uneven"}]

[[sources]]
id = "exchange"
host = "localhost"
template = "$template_hash"
template_file = "exchange.toml"
mode = "$mode"
max_age = "1h"
columns = ["balance", "account"]

TEXT
  cat "$home/notary.toml" "$home"/party0.toml "$home"/party1.toml "$home"/party2.toml "$home/coordinator.toml" "$home/publish.toml"
  printf '\n[limits]\nposts_per_minute = 6000\n'
} >"$survey"

# start NAME ROLE DIRECTORY
start() {
  "$program" "$2" --config "$3/config.toml" 2>"$home/$1.log" &
  services+=("$!")
}
# wait_for FILE LOG: until a service listens.
wait_for() {
  local tries
  for ((tries = 0; tries < 400; ++tries)); do
    [ -f "$1" ] && return 0
    sleep 0.05
  done
  echo "demo-proof.sh: a service did not start:" >&2
  cat "$2" >&2
  exit 1
}

echo "== The survey is checked, and signed by the three parties"
"$program" survey check "$survey" | tail -1
for i in 0 1 2 0 1; do "$program" survey sign "$survey" --config "$home/party$i/config.toml" | head -1; done
signed=$home/balances.survey.json

echo "== Six servers start"
for i in 0 1 2; do start "party$i" party "$home/party$i"; done
start coordinator coordinator "$home/coordinator"
start publish publish "$home/publish"
start notary notary "$home/notary"
for one in party0 party1 party2 coordinator publish notary; do wait_for "$home/$one/port" "$home/$one.log"; done
"$program" survey open "$signed"

# share_as NUMBER OPTION...: one person answers.
share_as() {
  local number=$1
  shift
  "$program" share --survey "$signed" --template "$home/exchange.toml" --secrets "$home/people/$number.secrets" \
    --roots "$home/ca.pem" --ticket "$home/people/$number.ticket.json" --yes "$@"
}

echo "== One person proves and answers; this is what she sees"
share_as 1

echo "== The others do the same"
for ((i = 2; i < people; ++i)); do share_as "$i" >"$home/people/$i.log" 2>&1 || { cat "$home/people/$i.log" >&2; exit 1; }; done

echo "== What does not pass"
# must_refuse WHAT COMMAND...: says so when the command refuses, and ends the demo when it does not.
must_refuse() {
  local what=$1
  shift
  if "$@" >"$home/refusal.log" 2>&1; then
    echo "demo-proof.sh: this should have been refused: $what" >&2
    exit 1
  fi
  echo "refused: $what"
  sed -n 's/^mpcstats: /  /p' "$home/refusal.log"
}
answer_with() {
  "$program" share --survey "$signed" --template "$1" --secrets "$2" --roots "$3" --ticket "$home/people/refused.ticket.json" --yes
}
cp "$home/people/2.secrets" "$home/people/open.secrets" && chmod 644 "$home/people/open.secrets"
must_refuse "others may read the credentials" answer_with "$home/exchange.toml" "$home/people/open.secrets" "$home/ca.pem"
(umask 077 && sed 's/^api_key = .*/api_key = "0123456789abcdef0123456789abcdef"/' "$home/people/2.secrets" >"$home/people/nobody.secrets")
must_refuse "the website knows no such key" answer_with "$home/exchange.toml" "$home/people/nobody.secrets" "$home/ca.pem"
sed 's/ETH/BTC/g' "$home/exchange.toml" >"$home/other.toml"
must_refuse "the template is another than the survey's" answer_with "$home/other.toml" "$home/people/2.secrets" "$home/ca.pem"
must_refuse "the website's certificate is of nobody she trusts" answer_with "$home/exchange.toml" "$home/people/2.secrets" /etc/ssl/certs/ca-certificates.crt
# An account that answers twice is seen in the computation: its pseudonym is there already.
"$program" share --survey "$signed" --template "$home/exchange.toml" --secrets "$home/people/1.secrets" --roots "$home/ca.pem" \
  --ticket "$home/people/again.ticket.json" --yes >"$home/people/again.log" 2>&1
# The last one comes after it, so that the batch closes with both.
share_as "$people" >"$home/people/$people.log" 2>&1 || { cat "$home/people/$people.log" >&2; exit 1; }
echo "$people people answered, each with a proof; one of them twice"

echo "== The release"
"$program" query --survey "$signed" -o "$home/result.json" --wait 60
"$program" verify "$home/result.json" --survey "$signed" | tail -1
"$program" included "$home/people/1.ticket.json" "$home/result.json"
# It answers 1: the answer does not count.
"$program" status "$home/people/again.ticket.json" --survey "$signed" >"$home/again.log" 2>&1 || true
if grep -q duplicate-account "$home/again.log"; then
  echo "refused: the same account counts once"
else
  cat "$home/again.log" >&2
  exit 1
fi
echo
echo "The page: http://127.0.0.1:$page_port/"
if [ "$stay" = yes ]; then
  echo "Everything runs until Ctrl-C. By hand, for example:"
  echo "  $program template check $home/exchange.toml"
  echo "  $program verify $home/result.json --survey $signed"
  wait
fi
