"""Compares the encoding speed with that of Python's `tokenizers`, both on one thread.

    python3 Benchmarks/tokenizer_in_turns.py TOKENIZER.json TEXT BITNET [TURNS]

In every turn `bitnet bench tokenizer` and then `tokenizers` encode the text in blocks of 64 kB, three times after once to
warm up, of which the fastest counts. Both must give as many tokens. Prints megabytes per second of each turn, and the
median of the ratios.
"""

import json
import os
import statistics
import subprocess
import sys
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"

import tokenizers  # noqa: E402: reads the variable above when it is first used

BLOCK_SIZE = 64 << 10
PASSES = 3


def blocks_of(text):
    """Cuts before a space or line feed behind a printable ASCII character, where no token can be cut."""
    blocks, start = [], 0
    while start < len(text):
        end = start + BLOCK_SIZE
        while end < len(text) and not (text[end] in b" \n" and 0x21 <= text[end - 1] <= 0x7E):
            end += 1
        blocks.append(text[start:end].decode("utf-8"))
        start = end
    return blocks


def speed_of_ours(program, model, path):
    command = [program, "bench", "tokenizer", model, "--file", path, "--threads", "1", "--passes", str(PASSES), "--json"]
    result = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return result["megabytes_per_second_one_thread"], result["tokens"]


def speed_of_theirs(tokenizer, blocks, size):
    # Without the offsets that nobody asked for, where this version has that.
    encode = getattr(tokenizer, "encode_batch_fast", tokenizer.encode_batch)
    seconds = []
    for _ in range(1 + PASSES):
        start = time.perf_counter()
        encodings = encode(blocks, add_special_tokens=False)
        seconds.append(time.perf_counter() - start)
    return size / 1e6 / min(seconds[1:]), sum(len(encoding.ids) for encoding in encodings)


def main():
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    model, path, program = sys.argv[1:4]
    turns = int(sys.argv[4]) if len(sys.argv) == 5 else 5
    with open(path, "rb") as file:
        text = file.read()
    blocks = blocks_of(text)
    tokenizer = tokenizers.Tokenizer.from_file(model)
    ratios = []
    for turn in range(turns):
        ours, our_tokens = speed_of_ours(program, model, path)
        theirs, their_tokens = speed_of_theirs(tokenizer, blocks, len(text))
        if our_tokens != their_tokens:
            sys.exit(f"{our_tokens} tokens, but {their_tokens} from tokenizers {tokenizers.__version__}")
        ratios.append(ours / theirs)
        print(f"turn {turn + 1}: {ours:.1f} MB/s, tokenizers {theirs:.1f} MB/s, ratio {ratios[-1]:.2f}")
    print(f"ratio {statistics.median(ratios):.2f} (median of {turns}, {min(ratios):.2f} to {max(ratios):.2f})")


if __name__ == "__main__":
    main()
