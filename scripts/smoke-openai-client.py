"""Talks with a running `bitnet serve` through OpenAI's own client: python3 scripts/smoke-openai-client.py URL MODEL."""

import sys

import openai

url, model = sys.argv[1], sys.argv[2]
client = openai.OpenAI(base_url=url + "/v1", api_key="any", max_retries=0)
messages = [{"role": "user", "content": "Who are you?"}]
assert model in [entry.id for entry in client.models.list()]
whole = client.chat.completions.create(model=model, messages=messages, max_tokens=20, seed=1, logprobs=True, top_logprobs=2)
parts = client.chat.completions.create(
    model=model, messages=messages, max_tokens=20, seed=1, stream=True, stream_options={"include_usage": True}
)
text, usage = "", None
for part in parts:
    usage = part.usage or usage
    text += (part.choices[0].delta.content or "") if part.choices else ""
assert text == whole.choices[0].message.content, (text, whole)
assert usage.total_tokens == whole.usage.total_tokens
legacy = client.completions.create(model=model, prompt=["a", "b"], max_tokens=5, n=2, logprobs=1)
assert [choice.index for choice in legacy.choices] == [0, 1, 2, 3]
for kind, change in [(openai.NotFoundError, {"model": "gpt"}), (openai.BadRequestError, {"temperature": 9})]:
    try:
        client.chat.completions.create(**{"model": model, "messages": messages, **change})
    except kind as error:
        assert error.param in ("model", "temperature") and error.code, error
    else:
        raise AssertionError(f"{kind.__name__} expected")
print("all is well")
