#!/usr/bin/env bash
# Installs the Debian packages the project needs. Does nothing, quietly, when they are all there.
#
#   scripts/setup.sh [build|test|website]...      default: build
#
# Never removes a package. Exit: 0 all there, 1 something is missing and cannot be installed (one sentence
# says what), 2 usage.
set -euo pipefail

# docs/adr/0002-debian-packages.md says why only Debian's own packages.
build_packages=(
  clang-19 lld-19 cmake ninja-build         # clang-19 brings libstdc++ 12, the C library and binutils
  libboost1.81-dev libssl-dev               # wide integers; TLS and all standard cryptography
  libfmt-dev libcli11-dev nlohmann-json3-dev  # formatting; options; JSON output
  libsodium-dev pkg-config                  # ristretto255 for the oblivious transfers of zktls; how CMake finds it
  libtomlplusplus-dev libsqlite3-dev libspdlog-dev  # survey and configuration files; the store; logs
  libgtest-dev libgmock-dev libbenchmark-dev  # CMake wants them when it configures, whatever is built
)
test_packages=(
  librapidcheck-dev                         # property tests
  libclang-rt-19-dev llvm-19                # the sanitizers' run-time; their symbolizer
  clang-format-19 python3                   # the lints
  chromium                                  # the page, as people see it
  openssl nginx gnutls-bin tshark           # other TLS servers for our client; a decoder that reads our bytes
  iproute2 curl                             # the long run over a slow network, and its questions
  valgrind                                  # memcheck, for the tests of constant time
  ccache                                    # release, ASan and TSan builds: worth having on a second run
)

say() { echo "setup: $*" >&2; }
die() { say "$*"; exit 1; }

website_packages=(
  nginx openssl python3                     # scripts/demo-proof.sh: the website whose answers are proven
)

# Node runs the browser and the second HPKE; another source's node brings an npm of its own, which Debian's would conflict with.
command -v npm >/dev/null || test_packages+=(nodejs npm)

wanted=()
[ $# -gt 0 ] || set -- build
for group in "$@"; do
  case "$group" in
    build) wanted+=("${build_packages[@]}") ;;
    test) wanted+=("${test_packages[@]}") ;;
    website) wanted+=("${website_packages[@]}") ;;
    *) echo "usage: scripts/setup.sh [build|test|website]..." >&2; exit 2 ;;
  esac
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  die "this system has no apt-get; install the equivalents of these Debian 12 packages by hand, then run" \
      "'cmake --preset release' and 'cmake --build --preset release': ${wanted[*]}"
fi

# One query for all, which fails when one of them was never there. `ii` is installed as asked, `hi` and held.
known=$(dpkg-query -W -f='${db:Status-Abbrev}${Package}\n' "${wanted[@]}" 2>/dev/null) || true
installed=" $(sed -n 's/^[ih]i //p' <<<"$known" | tr '\n' ' ') "
missing=()
for package in "${wanted[@]}"; do
  [[ "$installed" == *" $package "* ]] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=(env DEBIAN_FRONTEND=noninteractive)
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || die "missing, and installing needs root (there is no sudo): ${missing[*]}"
  if ! sudo -n true 2>/dev/null; then
    [ -t 0 ] || die "missing, and sudo wants a password but there is no terminal: ${missing[*]}"
  fi
  as_root=(sudo "${as_root[@]}")
fi

system=$(. /etc/os-release 2>/dev/null && echo "${PRETTY_NAME:-unknown}") || system=unknown
if ! (. /etc/os-release 2>/dev/null && [ "${ID:-}" = debian ] && [ "${VERSION_ID:-}" = 12 ]); then
  say "warning: made for Debian 12, this is $system; going on as long as its packages resolve"
fi

options=(-y -q --no-install-recommends -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120)
plan() { LC_ALL=C apt-get -s "${options[@]}" install "${missing[@]}" 2>&1; }
install() { "${as_root[@]}" apt-get "${options[@]}" --no-remove install "${missing[@]}" >&2; }
update() {
  say "fetching the package lists"
  "${as_root[@]}" apt-get -q -o DPkg::Lock::Timeout=120 update >&2 ||
    die "apt-get update failed; missing: ${missing[*]}"
  updated=yes
}

updated=no
if ! planned=$(plan); then
  update
  planned=$(plan) || { echo "$planned" >&2; die "$system cannot provide: ${missing[*]}"; }
fi
removals=$(sed -n 's/^Remv \([^ ]*\).*/\1/p' <<<"$planned" | tr '\n' ' ')
[ -z "$removals" ] ||
  die "nothing was installed: ${missing[*]} would remove ${removals% }; do it yourself if you agree"

say "installing: ${missing[*]}"
if ! install; then
  # Old lists name versions that the archive no longer has.
  [ "$updated" = no ] || die "apt-get could not install: ${missing[*]}"
  update
  install || die "apt-get could not install: ${missing[*]}"
fi
say "done"
