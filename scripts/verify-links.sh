#!/usr/bin/env bash
# What mpcstats-verify links, by CMake's lists and by the symbols of the binary: nothing of the engine, of zkTLS or of the
# services. The same look at the whole program must find them, or it would prove nothing.
#
#   scripts/verify-links.sh "CLOSURE OF mpcstats-verify" "CLOSURE OF mpcstats" VERIFY_BINARY PROGRAM_BINARY
set -euo pipefail
[ $# -eq 4 ] || { echo "usage: $0 CLOSURE PROGRAM_CLOSURE VERIFY_BINARY PROGRAM_BINARY" >&2; exit 2; }

allowed=" mpcstats_options mpcstats_base mpcstats_crypto mpcstats_wire mpcstats_attestation fmt::fmt OpenSSL::Crypto Threads::Threads "
# Names that stand in the engine, in zkTLS and in the services only.
foreign='mpcstats::(Session|RunSession|PeerLinks|PartyStore|ParseSurvey|RunCommandLine|Zk[A-Z]|Vole[A-Z]|Ot(Sender|Receiver))'

foreign_of() {
  local out=""
  for name in $1; do
    [[ "$allowed" == *" $name "* ]] || out+=" $name"
  done
  echo "$out"
}
symbols_of() { nm --demangle "$1" | grep -Ec "$foreign" || true; }

echo "mpcstats-verify links: $1"
fail=0
found=$(foreign_of "$1")
[ -z "$found" ] || { echo "mpcstats-verify may not link:$found" >&2; fail=1; }
[ "$(symbols_of "$3")" -eq 0 ] || { echo "mpcstats-verify holds code of the engine, zkTLS or the services" >&2; fail=1; }
# The look must be able to find something.
[[ "$(foreign_of "$2")" == *mpcstats_engine* ]] || { echo "the list of the whole program lacks the engine" >&2; fail=1; }
[ "$(symbols_of "$4")" -gt 0 ] || { echo "no symbol of the engine in the whole program: strip it later" >&2; fail=1; }
exit $fail
