#!/bin/sh
# Asks a server of this program for what its own description (/openapi.json) allows and forbids, and looks whether the answers
# are as described; nothing may be a 500:
#
#   sh scripts/server-against-schemathesis.sh SCHEMATHESIS [EXAMPLES] [MODEL]     (pip install schemathesis)
set -eu
schemathesis=$1
examples=${2:-100}
model=${3:-checkpoints/demo.gguf}
port=4011
.build/release/bitnet serve "$model" --port $port --max-answer-tokens 20 &
server=$!
trap 'kill $server 2>/dev/null' EXIT
until curl --silent --fail http://127.0.0.1:$port/health/ready > /dev/null; do sleep 0.2; done
"$schemathesis" run http://127.0.0.1:$port/openapi.json --max-examples "$examples" --seed 1 --no-color \
  --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,negative_data_rejection \
  --exclude-path /v1/embeddings
