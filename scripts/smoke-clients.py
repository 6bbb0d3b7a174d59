"""Talks with a running `bitnet serve` through the clients that people have: OpenAI's own, litellm, langchain-openai, instructor,
the command `llm`, and curl.

    python3 scripts/smoke-clients.py URL MODEL [CLIENT ...]     (pip install openai litellm langchain-openai instructor llm)

Prints a line for each and ends with 1 if one failed. instructor asks for JSON by a schema, which any model can give."""

import json
import os
import subprocess
import sys
import tempfile

URL, MODEL = sys.argv[1], sys.argv[2]
MESSAGES = [{"role": "user", "content": "Who are you?"}]
# Clients that look for prices, tell their makers or write logs leave that.
os.environ.update(OPENAI_API_KEY="any", LITELLM_LOCAL_MODEL_COST_MAP="True", DO_NOT_TRACK="1")


def with_openai():
    import openai

    client = openai.OpenAI(base_url=URL + "/v1", max_retries=0)
    assert MODEL in [entry.id for entry in client.models.list()]
    asked = dict(model=MODEL, messages=MESSAGES, max_tokens=20, seed=1)
    whole = client.chat.completions.create(**asked, logprobs=True, top_logprobs=2)
    text, usage = "", None
    for part in client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True}):
        usage = part.usage or usage
        text += (part.choices[0].delta.content or "") if part.choices else ""
    assert text == whole.choices[0].message.content, (text, whole)
    assert usage.total_tokens == whole.usage.total_tokens
    legacy = client.completions.create(model=MODEL, prompt=["a", "b"], max_tokens=5, n=2, logprobs=1)
    assert [choice.index for choice in legacy.choices] == [0, 1, 2, 3]
    for kind, change in [(openai.NotFoundError, {"model": "gpt"}), (openai.BadRequestError, {"temperature": 9})]:
        try:
            client.chat.completions.create(**{**asked, **change})
        except kind as error:
            assert error.param in ("model", "temperature") and error.code, error
        else:
            raise AssertionError(f"{kind.__name__} expected")
    return text


def with_litellm():
    import litellm

    asked = dict(model="openai/" + MODEL, api_base=URL + "/v1", messages=MESSAGES, max_tokens=20, seed=1)
    whole = litellm.completion(**asked).choices[0].message.content or ""
    parts = "".join(part.choices[0].delta.content or "" for part in litellm.completion(**asked, stream=True))
    assert whole == parts, (whole, parts)
    return whole


def with_langchain():
    from langchain_openai import ChatOpenAI

    chat = ChatOpenAI(base_url=URL + "/v1", model=MODEL, max_tokens=20, seed=1, max_retries=0)
    whole = chat.invoke("Who are you?").content
    parts = "".join(part.content for part in chat.stream("Who are you?"))
    assert whole == parts, (whole, parts)
    return whole


def with_instructor():
    import instructor
    import openai
    from pydantic import BaseModel

    class Verdict(BaseModel):
        is_true: bool
        stars: int

    client = instructor.from_openai(openai.OpenAI(base_url=URL + "/v1"), mode=instructor.Mode.JSON_SCHEMA)
    verdict = client.chat.completions.create(
        model=MODEL, messages=MESSAGES, response_model=Verdict, max_tokens=80, max_retries=0, seed=1)
    assert isinstance(verdict, Verdict)
    return repr(verdict)


def with_llm():
    """Its models are described in a file, and its logs lie beside that."""
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "extra-openai-models.yaml"), "w") as file:
            json.dump([{"model_id": "here", "model_name": MODEL, "api_base": URL + "/v1", "api_key_name": "openai"}], file)
        command = [os.path.join(os.path.dirname(sys.executable), "llm"), "-m", "here", "-o", "max_tokens", "20", "-o", "seed", "1"]
        environment = {**os.environ, "LLM_USER_PATH": folder}
        texts = [
            subprocess.run(command + more + ["Who are you?"], env=environment, check=True, stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout
            for more in ([], ["--no-stream"])
        ]
    assert texts[0] == texts[1], texts
    return texts[0].strip()


def with_curl():
    def ask(body):
        command = ["curl", "--silent", "--show-error", "--no-buffer", URL + "/v1/chat/completions", "-H", "Content-Type: application/json"]
        return subprocess.run(command + ["-d", json.dumps(body)], check=True, capture_output=True, text=True).stdout

    asked = {"model": MODEL, "messages": MESSAGES, "max_tokens": 20, "seed": 1}
    whole = json.loads(ask(asked))["choices"][0]["message"]["content"]
    lines = [line[len("data: "):] for line in ask({**asked, "stream": True}).splitlines() if line.startswith("data: ")]
    assert lines.pop() == "[DONE]"
    parts = "".join(json.loads(line)["choices"][0]["delta"].get("content", "") for line in lines)
    assert whole == parts, (whole, parts)
    return whole


CLIENTS = {name[len("with_"):]: value for name, value in list(globals().items()) if name.startswith("with_")}
failed = False
for name in sys.argv[3:] or CLIENTS:
    try:
        print(f"{name:10} well     {CLIENTS[name]()!r}")
    except ImportError as error:
        print(f"{name:10} left out {error}")
    except Exception as error:
        failed = True
        print(f"{name:10} FAILED   {type(error).__name__}: {error}")
sys.exit(failed)
