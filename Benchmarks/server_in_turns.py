"""Times `bitnet bench serve` and llama.cpp's server (pip install xllamacpp) on one GGUF file, in turns, with the same clients:

    python3 server_in_turns.py MODEL.gguf [TURNS] [CLIENTS] [TOKENS]

MODEL is one that llama.cpp loads, such as `bitnet bench make-model --hidden-act silu --type tq2_0 --head-type q8_0` writes.
Prints tokens per second of both in every turn, and the ratios. llama.cpp's settings are its own, with a slot for each client."""
import json
import statistics
import subprocess
import sys

MODEL = sys.argv[1]
TURNS, CLIENTS, TOKENS = (int(sys.argv[place]) if len(sys.argv) > place else value for place, value in ((2, 3), (3, 8), (4, 64)))
PORT = 4021
BENCH = [".build/release/bitnet", "bench", "serve", "--clients", str(CLIENTS), "--tokens", str(TOKENS), "--requests", "1", "--json"]
THEIRS = """
import sys, time, xllamacpp
parameters = xllamacpp.CommonParams()
parameters.model.path, parameters.port, parameters.n_parallel = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
parameters.n_ctx = parameters.n_parallel * (int(sys.argv[4]) + 64)
parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 2
server = xllamacpp.Server(parameters)
print("listening", flush=True)
time.sleep(3600)
"""


def measure(more):
    done = subprocess.run(BENCH + more, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)["tokens_per_second"]


def theirs():
    command = [sys.executable, "-c", THEIRS, MODEL, str(PORT), str(CLIENTS), str(TOKENS)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        while not server.stdout.readline().startswith("listening"):
            pass
        return measure(["--url", f"http://127.0.0.1:{PORT}"])
    finally:
        server.kill()
        server.wait()


ratios = []
for turn in range(TURNS):
    own, other = measure([MODEL]), theirs()
    ratios.append(own / other)
    print(f"turn {turn + 1}: {own:.1f} and {other:.1f} tokens/s, ratio {own / other:.2f}", flush=True)
print(f"median ratio {statistics.median(ratios):.2f}, from {min(ratios):.2f} to {max(ratios):.2f}")
