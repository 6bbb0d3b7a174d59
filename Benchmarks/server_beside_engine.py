"""Times `bitnet bench serve` beside `bitnet bench decode`, the engine alone, in turns, with answers of the same length:

    python3 server_beside_engine.py MODEL [TURNS] [TOKENS]

Prints tokens per second of both at 1, 4, 8 and 16 sequences, and the median of the ratios. The server's time has the prompts'
(16 tokens each) in it, the engine's has not. Half of the turns take the likeliest tokens, half draw them."""
import json
import statistics
import subprocess
import sys

MODEL = sys.argv[1]
TURNS, TOKENS = (int(sys.argv[place]) if len(sys.argv) > place else value for place, value in ((2, 4), (3, 128)))


def speed(*arguments):
    command = [".build/release/bitnet", "bench", *arguments, "--tokens", str(TOKENS), "--kv-cache", "float16", "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)["tokens_per_second"]


for count in 1, 4, 8, 16:
    ratios = []
    for turn in range(TURNS):
        engine = speed("decode", MODEL, "--sequences", str(count))
        temperature = str(turn % 2)
        server = speed("serve", MODEL, "--clients", str(count), "--requests", "1", "--temperature", temperature)
        ratios.append(server / engine)
        print(f"{count} sequences, temperature {temperature}: engine {engine:.1f}, server {server:.1f}, {ratios[-1]:.2f}", flush=True)
    print(f"{count} sequences: median ratio {statistics.median(ratios):.2f}", flush=True)
