"""Sends a server what no good client sends, and looks what comes back, whether it still answers, and how much memory it took.

    python3 scripts/attack-server.py MODEL [SEED]

Starts `.build/release/bitnet serve` with a key and an audit log. An answer is good if it is an error in OpenAI's form below 500, or
503, or if the connection was closed; each kind says which statuses it expects. Ends with 1 if one was not."""

import hashlib
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time

MODEL = sys.argv[1]
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 1
PORT, KEY = 4014, "the-key-of-alice"
CHAT = "/v1/chat/completions"
draw = random.Random(SEED)


def send(data, wait=10, pieces=None):
    """The first status and everything that came; 0: the connection was closed without a word, -1: it is still open."""
    with socket.create_connection(("127.0.0.1", PORT), timeout=wait) as connection:
        try:
            for piece in pieces or [data]:
                connection.sendall(piece)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        answer = b""
        try:
            while part := connection.recv(1 << 16):
                answer += part
        except socket.timeout:
            return -1, answer
        except OSError:
            pass
    return (int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0), answer


def post(body, path=CHAT, key=KEY, headers=()):
    body = body if isinstance(body, bytes) else body.encode()
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Connection: close", "Content-Type: application/json",
             f"Content-Length: {len(body)}", *headers]
    if key is not None:
        lines.append(f"Authorization: Bearer {key}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def chat(**more):
    return json.dumps({"model": "m", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 3, **more})


def raw(lines, body=b""):
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


HEAD = [f"POST {CHAT} HTTP/1.1", "Host: localhost", "Content-Type: application/json", f"Authorization: Bearer {KEY}"]


def oversized():
    yield post(b'"' + b"a" * (5 << 20) + b'"')
    yield post(chat(messages=[{"role": "user", "content": "x" * (3 << 20)}]))
    yield raw(HEAD + ["Content-Length: 99999999999999"])
    yield raw(HEAD + ["Content-Length: 18446744073709551617"])
    # A gigabyte in pieces; it is stopped long before.
    yield [raw(HEAD + ["Transfer-Encoding: chunked"])] + [b"100000\r\n" + b"b" * (1 << 20) + b"\r\n"] * 1000
    yield post(chat(messages=[{"role": "user", "content": "x"}] * 5000))
    yield post(chat(stop=["s" * 10000]))
    yield post(chat(stop=["s"] * 1000))
    yield post(chat(logit_bias={str(index): 1 for index in range(20000)}))
    yield post(chat(n=10**9))
    yield post(chat(seed=10**400))
    yield post(chat(temperature=1e999))


def deep_json():
    for depth in (65, 1000, 100_000, 1_000_000):
        yield post("[" * depth + "]" * depth)
        yield post('{"a":' * depth + "1" + "}" * depth)
        yield post(chat(metadata=0).replace('"metadata": 0', '"metadata": ' + "[" * depth + "]" * depth))
    for text in ("", "{", "nul", '{"a":1}{"b":2}', "\x00", '{"model": "\\ud800"}', '{"model": 1e}', "\ufeff{}", '{"a":1,"a":2}'):
        yield post(text)
    yield post(b'{"model": "\xff\xfe"}')


def header_floods():
    yield raw(HEAD + [f"X-{index}: {index}" for index in range(5000)])
    yield raw(HEAD + ["X-Long: " + "v" * 100_000])
    yield raw([f"GET /{'p' * 200_000} HTTP/1.1", "Host: localhost"])
    yield [b"GET / HTTP/1.1\r\nHost: localhost\r\n"] + [b"X-%d: %s\r\n" % (index, b"z" * 1000) for index in range(20_000)]
    yield b"\r\n" * 100_000
    yield b"A" * 1_000_000
    yield b"\x16\x03\x01\x02\x00" + bytes(600)  # begins TLS
    yield b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def smuggling():
    """Two lengths, or none that is clear: the second request must never be answered as one of its own."""
    inner = f"GET /v1/monitor/export HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\n\r\n".encode()
    both = ["Content-Length: 4", "Transfer-Encoding: chunked"]
    yield raw(HEAD + both, b"0\r\n\r\n" + inner)
    yield raw(HEAD + both[::-1], b"0\r\n\r\n" + inner)
    yield raw(HEAD + ["Content-Length: 2", f"Content-Length: {2 + len(inner)}"], b"{}" + inner)
    for coding in ("xchunked", "chunked, identity", " chunked", "chunked\t", "chunked;q=1", "\x0bchunked"):
        yield raw(HEAD + [f"Transfer-Encoding: {coding}", "Content-Length: 2"], b"{}" + inner)
    yield raw(HEAD + ["Content-Length: -1"], inner)
    yield raw(HEAD + ["Content-Length: +2"], b"{}" + inner)
    yield raw(HEAD + ["Content-Length: 0x2"], b"{}" + inner)
    yield raw(HEAD + ["Content-Length : 2"], b"{}" + inner)
    yield raw(HEAD + ["Transfer-Encoding: chunked"], b"zz\r\n" + inner)
    yield raw(HEAD + ["Transfer-Encoding: chunked"], b"FFFFFFFFFFFFFFFF1\r\n" + inner)
    yield raw(HEAD + [" folded: 1", "Content-Length: 2"], b"{}" + inner)


def key_guessing():
    for guess in range(300):
        key = hashlib.sha256(str(guess).encode()).hexdigest() if guess % 3 else KEY[:-1] + chr(33 + guess % 90)
        yield post(chat(), key=key if key != KEY else KEY + "x")
    yield post(chat(), key=None)
    yield post(chat(), key="")
    yield post(chat(), key="k" * 10_000)


def log_injection():
    evil = 'x"}\n{"client":"admin","status":200}\r\n\x1b[31m\x00\u2028'
    yield post(json.dumps({"model": evil, "messages": [{"role": "user", "content": evil}]}))
    yield post(chat(user=evil, metadata={"a": evil}), headers=["X-Request-Id: a", "User-Agent: \x1b]0;evil\x07"])
    yield raw([f"GET /{'%0a%22'}{evil.splitlines()[0]} HTTP/1.1", "Host: localhost"])
    yield post(json.dumps({evil: 1}))


def wrong_hosts_and_methods():
    for method in ("DELETE", "PUT", "OPTIONS", "TRACE", "CONNECT", "PATCH", "get", "X" * 1000):
        yield raw([f"{method} {CHAT} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {KEY}"])
    for path in ("/../../etc/passwd", "/v1/models/..%2f..%2fetc%2fpasswd", "/v1/models/%00", "//", "/v1", "http://x/", "*"):
        yield raw([f"GET {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {KEY}"])
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json5", ""):
        yield post(chat()).replace(b"Content-Type: application/json", b"Content-Type: " + kind.encode())


def random_bytes():
    good = bytearray(post(chat()))
    for _ in range(300):
        data = bytearray(good)
        for _ in range(draw.randint(1, 8)):
            place = draw.randrange(len(data))
            change = draw.randrange(3)
            if change == 0:
                data[place] = draw.randrange(256)
            elif change == 1:
                del data[place : place + draw.randint(1, 9)]
            else:
                data[place:place] = bytes(draw.randrange(256) for _ in range(draw.randint(1, 9)))
        yield bytes(data)


KINDS = {
    "oversized": (oversized, {0, 400, 413, 431}), "deep JSON": (deep_json, {400, 413}),
    "header floods": (header_floods, {0, 400, 413, 414, 431, 401}),
    "smuggling": (smuggling, {0, 400, 401}), "key guessing": (key_guessing, {401, 429, 431, 400}),
    "log injection": (log_injection, {200, 400, 404, 0}),
    "hosts, methods, types": (wrong_hosts_and_methods, {0, 200, 400, 404, 405, 415, 431, 501}),
    "random bytes": (random_bytes, {0, 200, 400, 401, 403, 404, 405, 408, 411, 413, 415, 429, 431, 499, 501, 505}),
}


def in_form(answer):
    """Whether an error is OpenAI's object."""
    body = answer.partition(b"\r\n\r\n")[2]
    try:
        return set(json.loads(body)["error"]) == {"message", "type", "param", "code"}
    except (ValueError, KeyError, TypeError):
        return False


def memory(process):
    with open(f"/proc/{process.pid}/status") as file:
        return next(int(line.split()[1]) // 1024 for line in file if line.startswith("VmHWM"))


def main():
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        keys, audit = os.path.join(folder, "keys"), os.path.join(folder, "audit")
        with open(keys, "w") as file:
            file.write(hashlib.sha256(KEY.encode()).hexdigest() + " alice\n")
        process = subprocess.Popen(
            [".build/release/bitnet", "serve", MODEL, "--port", str(PORT), "--model-name", "m", "--api-keys", keys, "--audit-log", audit],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert process.stdout.readline().startswith("listening")
        send(post(chat()))
        before = memory(process)
        for name, (kind, expected) in KINDS.items():
            start, seen, odd = time.time(), {}, []
            for data in kind():
                status, answer = send(data, pieces=data) if isinstance(data, list) else send(data)
                seen[status] = seen.get(status, 0) + 1
                twice = name == "smuggling" and b'"minutes"' in answer
                if status not in expected or (status >= 400 and not in_form(answer)) or twice:
                    first = data[0] if isinstance(data, list) else data
                    odd.append((first[:120], answer[:300]))
            alive = send(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")[0] == 200
            failed |= bool(odd) or not alive
            print(f"{name:22} {sum(seen.values()):4} sent, {time.time() - start:5.1f} s, answers {dict(sorted(seen.items()))},"
                  f" peak {memory(process)} MB (before all {before}){'' if alive else ', DEAD'}", flush=True)
            for data, answer in odd[:4]:
                print("   ODD", data, "->", answer)
        if process.poll() is None:
            process.terminate()
        status = process.wait(60)
        with open(audit, newline="") as file:
            lines = file.read().split("\n")[:-1]
        broken = [line for line in lines if set(line) & set(map(chr, range(32))) or not isinstance(json.loads(line), dict)]
        words = sum("evil" in line or KEY in line or '"client":"admin"' in line for line in lines)
        print(f"audit log: {len(lines)} lines, {len(broken)} broken, {words} with words of a request or a key; ended with {status}")
        failed |= bool(broken) or words > 0 or status != 0
    return failed


sys.exit(main())
