"""Asks a model in llama.cpp (pip install xllamacpp) through the chat template of its file; prints one JSON line.

    python3 llama_cpp_chat.py MODEL.gguf QUESTION TOKENS

"prompt_tokens" tells whether the special tokens of the template were found, "content" is the greedy answer."""
import json
import sys

import xllamacpp


def main(model, question, tokens):
    parameters = xllamacpp.CommonParams()
    parameters.model.path = model
    parameters.n_ctx = 512
    parameters.n_parallel = 1
    parameters.warmup = False
    parameters.cpuparams.n_threads = 2
    parameters.cache_type_k = parameters.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32
    parameters.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    server = xllamacpp.Server(parameters)
    answer = server.handle_chat_completions({
        "messages": [{"role": "user", "content": question}], "max_tokens": tokens, "temperature": 0, "top_k": 1})
    answer = answer if isinstance(answer, dict) else json.loads(answer)
    print(json.dumps({
        "prompt_tokens": answer["usage"]["prompt_tokens"], "content": answer["choices"][0]["message"]["content"]}))


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
