# Sourced by ./dev: which Debian packages Millrace needs, and how they get installed. This is the one
# place that declares them; cmake/Dependencies.cmake says what each is linked for.
# shellcheck shell=bash

# Needed to build and run. Names that differ between Debian 12 and 13 are chosen below.
build_packages=(
  g++ cmake ninja-build ccache mold pkg-config python3 git curl ca-certificates
  libabsl-dev libexpected-dev libfmt-dev libisal-dev
  libzstd-dev liblz4-dev libsnappy-dev zlib1g-dev
  libprotobuf-dev protobuf-compiler libgrpc++-dev protobuf-compiler-grpc
  prometheus-cpp-dev libssl-dev librdkafka-dev
  libcli11-dev libspdlog-dev nlohmann-json3-dev
  catch2 libbenchmark-dev
)

# Needed by ./dev test and ./dev check only.
test_packages=(
  clang-19 libclang-rt-19-dev clang-format-19 shellcheck
  kcat python3-kafka python3-snappy python3-lz4 python3-zstandard python3-confluent-kafka python3-pip
  python3-matplotlib valgrind
)

# Commands that a machine may have from elsewhere; the package is taken only where one is missing.
test_commands=(java:default-jre-headless javac:default-jdk-headless mvn:maven node:nodejs npm:npm)

debian_release() {
  # shellcheck disable=SC1091
  [ -r /etc/os-release ] && . /etc/os-release && [ "${ID:-}" = debian ] && echo "${VERSION_ID:-0}"
}

boost_package() {
  case $(debian_release) in
    12) echo libboost1.81-dev ;;
    *) echo libboost1.83-dev ;;
  esac
}

missing_packages() {
  local name
  for name in "$@"; do
    dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || echo "$name"
  done
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "installing packages takes root: run this once as root, or install sudo"
  fi
}

# install_packages NAME...: installs what is missing and says so; silent when nothing is.
install_packages() {
  local missing
  case $(debian_release) in
    12 | 13) ;;
    *)
      say "not Debian 12 or 13: install what corresponds to these packages yourself: $*"
      return 0
      ;;
  esac
  # Not from a process substitution: that needs /proc, which a bare root may lack.
  read -r -d '' -a missing <<<"$(missing_packages "$@")" || true
  [ "${#missing[@]}" -eq 0 ] && return 0
  say "installing ${#missing[@]} Debian packages: ${missing[*]}"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update ||
    fail "apt-get update failed; is the machine online, and /etc/apt/sources.list right?"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "${missing[@]}" \
    >/dev/null || fail "apt-get could not install: ${missing[*]}"
}

set_up_build() { install_packages "${build_packages[@]}" "$(boost_package)"; }

set_up_tests() {
  local pair wanted=()
  for pair in "${test_commands[@]}"; do
    command -v "${pair%%:*}" >/dev/null || wanted+=("${pair#*:}")
  done
  install_packages "${build_packages[@]}" "$(boost_package)" "${test_packages[@]}" "${wanted[@]}"
}
