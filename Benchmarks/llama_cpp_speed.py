"""Times llama.cpp (pip install xllamacpp) on a GGUF file: a prompt of 128 tokens, then 64 more, one at a time.

    python3 llama_cpp_speed.py MODEL.gguf [THREADS]

Prints tokens per second of the best of five runs of each as JSON, as `bitnet bench prefill` and `bitnet bench decode`
have it. Settings are llama.cpp's own."""
import json
import sys

import xllamacpp

parameters = xllamacpp.CommonParams()
parameters.model.path = sys.argv[1]
parameters.n_ctx = 512
parameters.n_parallel = 1
threads = int(sys.argv[2]) if len(sys.argv) > 2 else 2
parameters.cpuparams.n_threads = threads
parameters.cpuparams_batch.n_threads = threads
server = xllamacpp.Server(parameters)
prefill, decode = [], []
for run in range(5):
    answer = server.handle_completions({
        "prompt": [(run * 7 + i * 31) % 256 for i in range(128)], "n_predict": 64, "temperature": 0, "top_k": 1,
        "ignore_eos": True, "cache_prompt": False})
    timings = (answer if isinstance(answer, dict) else json.loads(answer))["timings"]
    prefill.append(timings["prompt_per_second"])
    decode.append(timings["predicted_per_second"])
print(json.dumps({"prefill_tokens_per_second": max(prefill), "decode_tokens_per_second": max(decode)}))
