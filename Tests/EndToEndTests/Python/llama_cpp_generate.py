"""Continues prompts greedily in llama.cpp (pip install xllamacpp) and prints what it wrote, as hexadecimal bytes.

    python3 llama_cpp_generate.py MODEL.gguf PROMPTS TOKENS [ADAPTER.gguf]

PROMPTS has one JSON value per line: a string, or an array of token ids. A token that is no byte is written as ff; the end
token ends the text."""
import json
import sys

from llama_cpp_server import open_server, parsed


def main(model, prompts, tokens, adapter=None):
    server = open_server(model, adapter)
    for line in open(prompts, encoding="utf-8"):
        answer = parsed(server.handle_completions({
            "prompt": json.loads(line), "n_predict": tokens, "temperature": 0, "top_k": 1, "cache_prompt": False,
            "n_probs": 1}))
        # The tokens of a vocabulary of bytes are the bytes.
        print(bytes(min(token["id"], 255) for token in answer["choices"][0]["logprobs"]["content"]).hex())


main(sys.argv[1], sys.argv[2], int(sys.argv[3]), *sys.argv[4:])
