#!/bin/sh
# Makes sure that OpenBLAS and zlib are there with their headers; installs them where apt-get can.
set -eu

missing=""
pkg-config --exists openblas 2>/dev/null || missing="$missing libopenblas-dev"
pkg-config --exists zlib 2>/dev/null || missing="$missing zlib1g-dev"
command -v pkg-config >/dev/null 2>&1 || missing="pkg-config $missing"
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
  echo "Missing:$missing (Debian's names)." >&2
  echo "On macOS: brew install openblas pkg-config; on Fedora: dnf install openblas-devel zlib-devel pkgconf." >&2
  exit 1
fi

as_root=""
[ "$(id -u)" -eq 0 ] || as_root="sudo"
echo "Installing$missing" >&2
# Package lists may be absent on a fresh machine; a stale list is good enough.
$as_root apt-get install -y $missing >/dev/null 2>&1 || {
  $as_root apt-get update >/dev/null
  $as_root apt-get install -y $missing
}
