#!/usr/bin/env bash
# Our TLS client and observer against OpenSSL, nginx and GnuTLS: ECDSA and RSA certificates, records of one byte to 2^14,
# bodies with a length and in chunks, our master secret against the servers' key log, our bytes through tshark; and
# servers that have nothing for us.
#
#   tests/interop/tls/run.sh TLS_TOOL
set -euo pipefail
if [ $# -ne 1 ] || [ ! -x "$1" ]; then
  echo "usage: tests/interop/tls/run.sh TLS_TOOL (build the target tls_tool first)" >&2
  exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
tool=$(realpath "$1")
work=$(mktemp -d)
. "$here/lib.sh"
trap 'stop_servers; rm -rf "$work"' EXIT
for program in openssl nginx gnutls-serv tshark text2pcap; do
  command -v "$program" >/dev/null || die "$program is missing: run scripts/setup.sh test"
done
make_certificates
make_site

# s_server KIND OPTION...: OpenSSL's server with the site, whose files it sends as whole responses.
s_server() {
  local kind=$1; shift
  port=$(free_port)
  start "$work/s_server.log" env -C "$work/raw" openssl s_server -accept "127.0.0.1:$port" -key "$work/$kind.key" \
    -cert "$work/$kind.pem" -HTTP "$@"
}

# Responses as files for OpenSSL: each body with a length, one in chunks.
mkdir -p "$work/raw"
for file in "$work"/site/*.bin; do
  { printf 'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n' "$(stat -c %s "$file")"; cat "$file"; } \
    > "$work/raw/$(basename "$file")"
done
{ printf 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3E8\r\n'; cat "$work/site/1000.bin"
  printf '\r\n11\r\n'; cat "$work/site/17.bin"; printf '\r\n0\r\n\r\n'; } > "$work/raw/chunked"

echo "openssl s_server: keys, signature schemes, sizes of records"
for kind in ecdsa rsa; do
  rm -f "$work/server.keys"
  s_server $kind -tls1_2 -keylogfile "$work/server.keys"
  site_matches --any-end --key-log "$work/own.keys" --trace "$work/session.txt"
  grep -qixF "$(cat "$work/own.keys")" "$work/server.keys" || die "the server's master secret is another ($kind)"
  get /16.bin --any-end --record-bytes 1
  [ "$(field client-records)" -gt 50 ] || die "the request did not go in records of one byte"
  get /chunked --any-end
  cmp -s <(cat "$work/site/1000.bin" "$work/site/17.bin") "$work/body" || die "the chunked body came changed"
  [ "$(field body-pieces)" = 2 ] || die "the body came in $(field body-pieces) pieces"
  stop_servers
done
s_server ecdsa -tls1_2 -max_send_frag 512
get /16385.bin --any-end
[ "$(field server-records)" -ge 33 ] || die "the body came in records of more than 512 bytes"
stop_servers
for scheme in rsa_pss_rsae_sha256 RSA+SHA256; do
  s_server rsa -tls1_2 -sigalgs "$scheme"
  get /17.bin --any-end
  stop_servers
done
s_server ecdsa -sigalgs ECDSA+SHA384  # a server with TLS 1.3, whose random says so
get /17.bin --any-end
stop_servers

echo "tshark: our bytes under our key log"
text2pcap -q -D -T 443,55555 "$work/session.txt" "$work/session.pcap" 2>/dev/null
tshark -r "$work/session.pcap" -o "tls.keylog_file:$work/own.keys" -Y 'tls.handshake.type == 20' -T fields \
  -e tls.handshake.verify_data 2>/dev/null | tr ',' '\n' | grep -c '[0-9a-f]' > "$work/finished" || true
[ "$(cat "$work/finished")" = 2 ] || die "tshark does not decrypt our two Finished messages"
tshark -r "$work/session.pcap" -o "tls.keylog_file:$work/own.keys" -Y http.request -T fields -e http.request.uri \
  2>/dev/null | grep -q '^/' || die "tshark does not decrypt our request"

echo "nginx: ECDSA and RSA, small records, chunks"
port=$(free_port)
{
  echo "daemon off; pid $work/nginx.pid; error_log stderr; worker_processes 1; events {}"
  echo "http { access_log off; client_body_temp_path $work/t1; proxy_temp_path $work/t2; fastcgi_temp_path $work/t3;"
  echo "uwsgi_temp_path $work/t4; scgi_temp_path $work/t5; default_type application/octet-stream;"
  echo "ssl_protocols TLSv1.2; ssl_ecdh_curve prime256v1; ssl_session_tickets off; ssl_buffer_size BUFFER;"
  echo "server { listen 127.0.0.1:PORT ssl; ssl_certificate $work/KIND.pem; ssl_certificate_key $work/KIND.key;"
  echo "root $work/site; location /chunked/ { alias $work/site/; ssi on; ssi_types *; } } }"
} > "$work/nginx.in"
[ "$(id -u)" -ne 0 ] || sed -i "1i user root;" "$work/nginx.in"
for setting in ecdsa:16384 rsa:16384 ecdsa:64; do
  port=$(free_port)
  sed "s/PORT/$port/; s/KIND/${setting%:*}/g; s/BUFFER/${setting#*:}/" "$work/nginx.in" > "$work/nginx.conf"
  start "$work/nginx.log" nginx -e stderr -c "$work/nginx.conf"
  site_matches
  get /chunked/100000.bin
  cmp -s "$work/site/100000.bin" "$work/body" || die "the chunked body came changed"
  [ "$(field body-pieces)" -ge 1 ] && [ "$(field closed)" = 1 ] || die "no close_notify of nginx"
  get /nothing
  [ "$(field status)" = 404 ] || die "status $(field status) where 404 was expected"
  [ "${setting#*:}" != 64 ] || [ "$(field server-records)" -ge 3 ] || die "nginx did not split its records"
  stop_servers
done

echo "gnutls-serv: echoes"
priority="NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-GCM:-GROUP-ALL:+GROUP-SECP256R1"
head -c 3000 /dev/urandom | base64 -w 64 > "$work/lines"
for kind in ecdsa rsa; do
  port=$(free_port)
  start "$work/gnutls.log" gnutls-serv --echo --disable-client-cert -p "$port" --x509certfile "$work/$kind.pem" --x509keyfile "$work/$kind.key" \
    --priority "$priority"
  get / --echo "$work/lines" --any-end
  get / --echo "$work/lines" --any-end --record-bytes 1
  stop_servers
done

echo "servers that have nothing for us"
s_server ecdsa -tls1_3
refused "the server ended the handshake with the alert protocol_version (70)"
stop_servers
s_server ecdsa -tls1_2 -cipher ECDHE-ECDSA-AES256-GCM-SHA384
refused "the server ended the handshake with the alert handshake_failure (40)"
stop_servers
s_server ecdsa -tls1_2 -named_curve P-384
refused "the server ended the handshake with the alert handshake_failure (40)"
stop_servers
s_server ecdsa -tls1_2 -Verify 1
refused "sent CertificateRequest (13) where ServerHelloDone (14) was expected; client certificates are not supported"
stop_servers
s_server self -tls1_2
refused "certificate does not hold for localhost: self-signed certificate"
stop_servers
port=$(free_port)
start "$work/gnutls.log" gnutls-serv --echo --disable-client-cert -p "$port" --x509certfile "$work/ecdsa.pem" --x509keyfile "$work/ecdsa.key" \
  --priority "$priority:%NO_SESSION_HASH"
refused "did not agree to the extended master secret"
stop_servers
port=$(free_port)
sed "s/PORT ssl/$port/; s/KIND/ecdsa/g; s/BUFFER/16384/" "$work/nginx.in" > "$work/nginx.conf"
start "$work/nginx.log" nginx -e stderr -c "$work/nginx.conf"
refused "does it speak TLS on this port?"
stop_servers
echo "tls interop: all as it should be"
