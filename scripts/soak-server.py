"""Keeps a server busy beyond its limit for a while: clients join, some leave in the middle, and every whole answer is compared with
the one that its request had alone.

    python3 scripts/soak-server.py MODEL MINUTES [SEED]

Starts `.build/release/bitnet serve`. Prints requests, differences, errors, and the resident memory from minute to minute; ends with
1 where an answer differed, an error was not one of those that a full server gives, or memory grew by more than a tenth after a
third of the time."""

import asyncio
import json
import random
import subprocess
import sys
import time

MODEL, MINUTES = sys.argv[1], float(sys.argv[2])
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else 1
PORT, SLOTS, CLIENTS = 4013, 4, 24
counts = {"whole": 0, "streamed": 0, "left": 0, "differences": 0, "queue_full": 0, "errors": 0}


def request(number):
    """One of 400, so that prefixes and kept answers are met again."""
    draw = random.Random(SEED * 1000 + number)
    words = ["reverse:", "upper:", "copy:", "lamp", "river", "stone", "green", "seven", "apple"]
    prompt = " ".join(draw.choice(words) for _ in range(draw.randint(1, 12)))
    body = {"model": "soak", "max_tokens": draw.randint(1, 60), "seed": number, "temperature": draw.choice([0, 0.7, 1, 1.5])}
    if draw.random() < 0.5:
        return "/v1/chat/completions", {**body, "messages": [{"role": "user", "content": prompt}]}
    return "/v1/completions", {**body, "prompt": prompt, "n": draw.choice([1, 1, 3])}


async def ask(path, body, leave_after=None):
    """The status and the body; None for who left."""
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    data = json.dumps(body).encode()
    writer.write(
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(data)}\r\n\r\n".encode() + data)
    try:
        if leave_after is not None:
            try:
                await asyncio.wait_for(reader.read(), leave_after)
            except asyncio.TimeoutError:
                pass
            return None
        answer = await asyncio.wait_for(reader.read(), 120)
    finally:
        writer.close()
    head, _, rest = answer.partition(b"\r\n\r\n")
    if b"chunked" in head.lower():
        whole = b""
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            whole, rest = whole + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
        rest = whole
    return int(head.split()[1]), rest.decode()


def texts(path, body, answer):
    if not body.get("stream"):
        return [choice.get("text", choice.get("message", {}).get("content")) for choice in json.loads(answer)["choices"]]
    found = [""] * body.get("n", 1)
    for line in answer.splitlines():
        if line.startswith("data: {"):
            part = json.loads(line[6:])
            if "error" in part:
                raise ValueError(part["error"]["code"])
            for choice in part["choices"]:
                found[choice["index"]] += choice.get("text", choice.get("delta", {}).get("content", ""))
    assert answer.rstrip().endswith("data: [DONE]"), answer[-80:]
    return found


async def client(number, expected, end):
    draw = random.Random(SEED * 77 + number)
    while time.time() < end:
        index = draw.randrange(len(expected))
        path, body = request(index)
        body["stream"] = draw.random() < 0.5
        if draw.random() < 0.8:
            # A text that never comes changes no answer; the request is another one, whose answer is not kept.
            body["stop"] = [f"\x01{draw.random()}"]
        try:
            if draw.random() < 0.2:
                await ask(path, body, leave_after=draw.random() * 0.05)
                counts["left"] += 1
                continue
            status, answer = await ask(path, body)
            if status == 429:
                counts["queue_full"] += 1
                await asyncio.sleep(0.01)
                continue
            if status != 200:
                raise ValueError(f"status {status}: {answer[:200]}")
            counts["streamed" if body["stream"] else "whole"] += 1
            if texts(path, body, answer) != expected[index]:
                counts["differences"] += 1
                print("DIFFERENT", index, body, answer[:300], flush=True)
        except Exception as error:
            counts["errors"] += 1
            print("ERROR", type(error).__name__, error, flush=True)


def resident(process):
    with open(f"/proc/{process.pid}/status") as file:
        return next(int(line.split()[1]) // 1024 for line in file if line.startswith("VmRSS"))


async def main():
    command = [".build/release/bitnet", "serve", MODEL, "--port", str(PORT), "--model-name", "soak", "--slots", str(SLOTS),
               "--max-queue", "4"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline().startswith("listening")
    try:
        expected = []
        for number in range(400):
            path, body = request(number)
            status, answer = await ask(path, body)
            assert status == 200, answer
            expected.append(texts(path, body, answer))
        start = time.time()
        end = start + 60 * MINUTES
        clients = [asyncio.create_task(client(number, expected, end)) for number in range(CLIENTS)]
        memory = [resident(process)]
        while time.time() < end:
            await asyncio.sleep(min(60, max(end - time.time(), 0.1)))
            memory.append(resident(process))
            print(f"{(time.time() - start) / 60:5.1f} min  {memory[-1]} MB  {counts}", flush=True)
        await asyncio.gather(*clients)
    finally:
        process.terminate()
        status = process.wait(60)
    later = memory[len(memory) // 3]
    grew = memory[-1] > 1.1 * later + 5
    print(f"memory {memory[0]} MB at the start, {later} after a third, {memory[-1]} at the end; ended with {status}")
    return counts["differences"] > 0 or counts["errors"] > 0 or grew or status != 0


sys.exit(asyncio.run(main()))
