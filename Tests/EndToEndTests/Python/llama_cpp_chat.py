"""Asks a model in llama.cpp (pip install xllamacpp) through the chat template of its file; prints one JSON line.

    python3 llama_cpp_chat.py MODEL.gguf QUESTION TOKENS

"prompt_tokens" tells whether the special tokens of the template were found, "content" is the greedy answer."""
import json
import sys

from llama_cpp_server import open_server, parsed


def main(model, question, tokens):
    server = open_server(model)
    answer = parsed(server.handle_chat_completions({
        "messages": [{"role": "user", "content": question}], "max_tokens": tokens, "temperature": 0, "top_k": 1}))
    print(json.dumps({
        "prompt_tokens": answer["usage"]["prompt_tokens"], "content": answer["choices"][0]["message"]["content"]}))


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
