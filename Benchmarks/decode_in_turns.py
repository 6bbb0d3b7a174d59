"""Compares the decoding speed of several builds on a machine that others use too.

    python3 Benchmarks/decode_in_turns.py MODEL.gguf TOKENS BITNET [BITNET ...]

Every build decodes in turns of 0.4 s, all but one stopped, so that each sees the same machine; a token is the median of
all, which the few that a stop interrupts do not move. Prints tokens per second, the share of the read bandwidth, and the
ratio to the first build.
"""

import json
import signal
import subprocess
import sys
import time

SECONDS_OF_A_TURN = 0.4
SECONDS_OF_LOADING = 3.0


def started(program, model, tokens):
    process = subprocess.Popen(
        [program, "bench", "decode", model, "--tokens", tokens, "--json"], stdout=subprocess.PIPE
    )
    time.sleep(SECONDS_OF_LOADING)
    process.send_signal(signal.SIGSTOP)
    return process


def take_turns(processes):
    running = list(processes)
    while running:
        for process in list(running):
            process.send_signal(signal.SIGCONT)
            time.sleep(SECONDS_OF_A_TURN)
            if process.poll() is not None:
                running.remove(process)
            else:
                process.send_signal(signal.SIGSTOP)


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    model, tokens, programs = sys.argv[1], sys.argv[2], sys.argv[3:]
    processes = [started(program, model, tokens) for program in programs]
    take_turns(processes)
    first = None
    for program, process in zip(programs, processes):
        if process.returncode != 0:
            sys.exit(f"{program} ended with status {process.returncode}")
        result = json.loads(process.stdout.read())
        speed = result["tokens_per_second"]
        first = first or speed
        print(f"{program}: {speed:.2f} tokens/s, {result['bandwidth_share']:.0%}, ratio {speed / first:.3f}")


if __name__ == "__main__":
    main()
