# Shared by run.sh here and scripts/long-run-interop.sh: certificates, ports, and requests whose answers are compared.
# Wants $tool and $work.

die() { echo "tls interop: $*" >&2; exit 1; }

servers=()
stop_servers() {
  local pid
  for pid in "${servers[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${servers[@]}"; do wait "$pid" 2>/dev/null || true; done
  servers=()
}
trap stop_servers EXIT

# An authority and a certificate of each kind for the name localhost, in $work.
make_certificates() {
  cat > "$work/openssl.cnf" <<'END'
[req]
distinguished_name = name
prompt = no
[name]
CN = Interop
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
END
  local new=(openssl req -new -nodes -config "$work/openssl.cnf" -batch)
  "${new[@]}" -x509 -days 2 -extensions authority -subj "/CN=Interop Authority" -newkey ec \
    -pkeyopt ec_paramgen_curve:P-256 -keyout "$work/ca.key" -out "$work/ca.pem" 2>/dev/null
  "${new[@]}" -x509 -days 2 -extensions server -newkey ec -pkeyopt ec_paramgen_curve:P-256 -keyout "$work/self.key" \
    -out "$work/self.pem" 2>/dev/null
  local kind
  for kind in ecdsa rsa; do
    local key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256)
    [ $kind = ecdsa ] || key=(-newkey rsa:2048)
    "${new[@]}" "${key[@]}" -keyout "$work/$kind.key" -out "$work/$kind.csr" 2>/dev/null
    openssl x509 -req -in "$work/$kind.csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" -CAcreateserial -days 2 \
      -extfile "$work/openssl.cnf" -extensions server -out "$work/$kind.pem" 2>/dev/null
  done
  chmod 755 "$work"; chmod 644 "$work"/*.key  # servers drop their rights; the keys live as long as the test
}

free_port() {
  "$tool" --free-port 0
}

# start LOG COMMAND...: runs a server with $port in its command line already; waits until it listens. A port that was taken
# meanwhile shows as an end of the server.
start() {
  local log=$1; shift
  "$@" > "$log" 2>&1 < /dev/null &
  servers+=($!)
  local pid=$! tries
  for tries in $(seq 200); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then return 0; fi
    kill -0 $pid 2>/dev/null || { cat "$log" >&2; die "the server $1 ended before it listened"; }
    sleep 0.05
  done
  die "the server $1 does not listen"
}

# get TARGET [OPTION...]: one request; its output in $work/out, its body in $work/body.
get() {
  local target=$1; shift
  "$tool" --port "$port" --host localhost --roots "$work/ca.pem" --target "$target" --body "$work/body" "$@" \
    > "$work/out" 2> "$work/err" || { cat "$work/err" >&2; die "GET $target failed: $*"; }
}

# field NAME: a value of the last output.
field() { sed -n "s/^$1 //p" "$work/out"; }

# refused SENTENCE [OPTION...]: a request that must fail with that in its sentence.
refused() {
  local sentence=$1; shift
  if "$tool" --port "$port" --host localhost --roots "$work/ca.pem" --target / "$@" > "$work/out" 2> "$work/err"; then
    die "a server was taken that must be refused: $sentence"
  fi
  grep -qF "$sentence" "$work/err" || { cat "$work/err" >&2; die "another reason than: $sentence"; }
}

# The files that the servers give: of lengths around records and blocks.
make_site() {
  mkdir -p "$work/site"
  local size
  for size in 0 1 15 16 17 1000 16384 16385 100000; do
    head -c "$size" /dev/urandom > "$work/site/$size.bin"
  done
}

# site_matches [OPTION...]: every file comes as it is.
site_matches() {
  local file
  for file in "$work"/site/*.bin; do
    get "/$(basename "$file")" "$@"
    [ "$(field status)" = 200 ] || die "$(basename "$file"): status $(field status)"
    cmp -s "$file" "$work/body" || die "$(basename "$file") came changed"
  done
}
