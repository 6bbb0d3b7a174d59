"""Continues prompts greedily in llama.cpp (pip install xllamacpp) and prints what it wrote, as hexadecimal bytes.

    python3 llama_cpp_generate.py MODEL.gguf PROMPTS TOKENS [ADAPTER.gguf]

PROMPTS has one JSON value per line: a string, or an array of token ids. Key and value caches are float32 and flash
attention is off, so that the model alone decides. A token that is no byte is written as ff; the end token ends the text."""
import json
import sys

import xllamacpp


def main(model, prompts, tokens, adapter=None):
    parameters = xllamacpp.CommonParams()
    parameters.model.path = model
    parameters.n_ctx = 512
    parameters.n_parallel = 1
    parameters.warmup = False
    parameters.cpuparams.n_threads = 2
    parameters.cache_type_k = parameters.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32
    parameters.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    if adapter:
        parameters.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(adapter, 1.0)]
    server = xllamacpp.Server(parameters)
    for line in open(prompts, encoding="utf-8"):
        answer = server.handle_completions({
            "prompt": json.loads(line), "n_predict": tokens, "temperature": 0, "top_k": 1, "cache_prompt": False,
            "n_probs": 1})
        answer = answer if isinstance(answer, dict) else json.loads(answer)
        # The tokens of a vocabulary of bytes are the bytes.
        print(bytes(min(token["id"], 255) for token in answer["choices"][0]["logprobs"]["content"]).hex())


main(sys.argv[1], sys.argv[2], int(sys.argv[3]), *sys.argv[4:])
