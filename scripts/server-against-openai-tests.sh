#!/bin/sh
# Runs the tests of OpenAI's Python client of chats, completions and models against a server of this program:
#
#   sh scripts/server-against-openai-tests.sh PYTHON [MODEL]
#
# PYTHON has pytest, pytest-asyncio, respx, dirty-equals, inline-snapshot, time-machine and what openai needs
# (pip install 'openai[aiohttp]'). The tests come with the client's sources, which pip fetches.
#
# Left out, with their reasons:
# - retrieve, update, list and delete of chats, delete of models: nothing is stored, models are not deleted;
# - create_with_all_params: asks for sound, searches and moderation, or names tokens "foo"; these are refused, none is ignored.
set -eu
python=$1
model=${2:-checkpoints/demo.gguf}
place=$(mktemp -d)
port=4010
trap 'kill $server 2>/dev/null; rm -rf "$place"' EXIT

"$python" -m pip download --quiet --no-deps --no-binary :all: --dest "$place" openai
tar xzf "$place"/openai-*.tar.gz -C "$place"
.build/release/bitnet serve "$model" --port $port --model-name model --alias gpt-6-astra --alias gpt-3.5-turbo-instruct &
server=$!
until curl --silent --fail http://127.0.0.1:$port/health/ready > "$place/ready"; do sleep 0.2; done

cd "$place"/openai-*/
TEST_API_BASE_URL=http://127.0.0.1:$port/v1 "$python" -m pytest -q -p no:cacheprovider --tb=short \
  tests/api_resources/chat/test_completions.py tests/api_resources/test_completions.py tests/api_resources/test_models.py \
  -k 'create and not all_params or path_params and not update or (TestModels or TestAsyncModels) and not delete' |
  tail -n 5
