#!/bin/sh
# The Python with which tests compare this program with the packages of others (Tests/Python/requirements.txt).
#
#     python-environment.sh            makes it, if it is not there, and prints its interpreter
#     python-environment.sh existing   prints its interpreter if it is there, else nothing
#     python-environment.sh run CMD…   runs a command with BITNET_PYTHON, or says what that leaves out
#
# It lies outside the checkout, in ${XDG_CACHE_HOME:-~/.cache}/swift-bitnet/python-HASH, where HASH is that of the
# requirements and of the version of Python; so it is made once, and anew when they change.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
requirements=$root/Tests/Python/requirements.txt
python=${PYTHON:-python3}

fail() {
  echo "python-environment: $*" >&2
  exit 1
}

folder() {
  key=$("$python" -c 'import hashlib, sys
print(hashlib.sha256(sys.version.encode() + open(sys.argv[1], "rb").read()).hexdigest()[:16])' "$requirements") || return 1
  echo "${XDG_CACHE_HOME:-$HOME/.cache}/swift-bitnet/python-$key"
}

existing() {
  place=$(folder 2> /dev/null) || return 1
  # The marker is written last: without it, somebody was interrupted.
  [ -e "$place/complete" ] && [ -x "$place/bin/python" ] && echo "$place/bin/python"
}

make_environment() {
  existing && return
  "$python" -c 'import sys, venv; sys.exit(sys.version_info < (3, 10))' ||
    fail "$python is missing, older than 3.10, or lacks the module venv; expected Python 3.10 or later, set PYTHON to one"
  place=$(folder) || fail "$requirements cannot be read"
  echo "python-environment: making $place; that takes minutes, once" >&2
  rm -rf "$place"
  mkdir -p "$(dirname "$place")"
  "$python" -m venv "$place" >&2 || fail "$place: no virtual environment could be made there"
  "$place/bin/python" -m pip install --disable-pip-version-check --no-input --quiet -r "$requirements" >&2 ||
    fail "the packages of $requirements could not be had; check the network, then try again with \`make python\`"
  "$place/bin/python" -c 'import accelerate, gguf, jinja2, peft, tensorboard, tokenizers, torch, transformers, trl, xllamacpp' >&2 ||
    fail "$place: the packages are there, but do not load; remove the folder and try again with \`make python\`"
  : > "$place/complete"
  existing
}

case ${1:-make} in
  make) make_environment ;;
  existing) existing || true ;;
  run)
    shift
    if [ -z "${BITNET_PYTHON:-}" ]; then
      BITNET_PYTHON=$(existing) ||
        echo "python-environment: tests that need Python are skipped; \`make python\` makes an environment for them" >&2
    fi
    export BITNET_PYTHON
    exec "$@"
    ;;
  *) fail "\"$1\" is neither make, existing nor run" ;;
esac
