#!/usr/bin/env bash
# Our TLS client and observer against more servers than every change needs: Apache, Caddy, Python and Node, each as
# far as it is installed. scripts/test.sh has OpenSSL, nginx and GnuTLS.
#
#   scripts/long-run-interop.sh [apache|caddy|python|node]...   default: those that are installed
#
# Exit: 0 all named servers did, 1 one of them did not or is missing, 2 usage.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

declare -A program=([apache]=/usr/sbin/apache2 [caddy]=caddy [python]=python3 [node]=node)
order=(apache caddy python node)
for name in "$@"; do
  [ -n "${program[$name]:-}" ] || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
done

cmake --preset release >/dev/null
cmake --build build/release --target tls_tool
tool=$PWD/build/release/bin/tls_tool
work=$(mktemp -d)
. tests/interop/tls/lib.sh
trap 'stop_servers; rm -rf "$work"' EXIT
make_certificates
make_site

apache() {
  local kind modules=/usr/lib/apache2/modules
  for kind in ecdsa rsa; do
    port=$(free_port)
    cat > "$work/apache.conf" <<END
ServerRoot $work
ServerName localhost
PidFile $work/apache.pid
ErrorLog $work/apache.error
Listen 127.0.0.1:$port
LoadModule mpm_event_module $modules/mod_mpm_event.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule socache_shmcb_module $modules/mod_socache_shmcb.so
LoadModule ssl_module $modules/mod_ssl.so
User nobody
DocumentRoot $work/site
SSLEngine on
SSLProtocol TLSv1.2
SSLCertificateFile $work/$kind.pem
SSLCertificateKeyFile $work/$kind.key
END
    chmod -R a+rX "$work/site"
    start "$work/apache.log" /usr/sbin/apache2 -f "$work/apache.conf" -D FOREGROUND
    site_matches
    stop_servers
  done
}

# Debian 12's Caddy is built with Go 1.19, whose TLS has no extended master secret (it came with Go 1.21): we refuse it.
caddy() {
  local kind
  for kind in ecdsa rsa; do
    port=$(free_port)
    cat > "$work/Caddyfile" <<END
{
  admin off
  auto_https off
  storage file_system $work/caddy
}
https://localhost:$port {
  bind 127.0.0.1
  tls $work/$kind.pem $work/$kind.key
  root * $work/site
  file_server
}
END
    start "$work/caddy.log" env HOME="$work" caddy run --config "$work/Caddyfile" --adapter caddyfile
    if caddy_is_old; then
      refused "did not agree to the extended master secret"
    else
      site_matches --any-end
    fi
    stop_servers
  done
}

caddy_is_old() { env HOME="$work" caddy build-info 2>/dev/null | grep -qE '^go\s+go1\.(1[0-9]|20)\b'; }

python() {
  cat > "$work/server.py" <<'END'
import http.server, os, ssl, sys
os.chdir(sys.argv[4])
class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2], sys.argv[3])
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
END
  local kind
  for kind in ecdsa rsa; do
    port=$(free_port)
    start "$work/python.log" python3 "$work/server.py" "$port" "$work/$kind.pem" "$work/$kind.key" "$work/site"
    site_matches --any-end
    stop_servers
  done
}

node() {
  cat > "$work/server.js" <<'END'
const [port, cert, key, site] = process.argv.slice(2);
const fs = require('fs');
const options = {cert: fs.readFileSync(cert), key: fs.readFileSync(key), maxVersion: 'TLSv1.2'};
// Without a length Node sends chunks.
require('https').createServer(options, (request, response) => {
  fs.createReadStream(site + request.url).pipe(response);
}).listen(Number(port), '127.0.0.1');
END
  local kind
  for kind in ecdsa rsa; do
    port=$(free_port)
    start "$work/node.log" command node "$work/server.js" "$port" "$work/$kind.pem" "$work/$kind.key" "$work/site"
    site_matches --any-end
    stop_servers
  done
}

named=("$@")
if [ $# -eq 0 ]; then
  for name in "${order[@]}"; do
    if type -P "${program[$name]}" >/dev/null; then named+=("$name"); else echo "$name: not installed, left out"; fi
  done
fi
for name in "${named[@]}"; do
  type -P "${program[$name]}" >/dev/null || die "${program[$name]} is missing: install Debian's package"
  "$name"
  echo "$name: as it should be"
done
