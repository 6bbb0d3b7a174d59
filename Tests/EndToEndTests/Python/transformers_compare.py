"""Prints how far the logits of model folders differ from those of others in Hugging Face transformers, one JSON line a pair.

    pip install torch transformers accelerate safetensors
    python3 transformers_compare.py FOLDER OTHER [FOLDER OTHER ...]

Both are opened in float32 and see the same tokens.
"""
import json
import os
import sys

os.environ["TORCHDYNAMO_DISABLE"] = "1"  # transformers compiles its quantisers; they need no compiler to be right
import torch
import transformers

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()


def logits(folder):
    """The logits of a folder that must load without complaints, and its class."""
    model, information = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True)
    problems = {key: value for key, value in information.items() if value}
    if problems:
        sys.exit(f"{folder}: transformers loads it with {problems}")
    model = torch.nn.Module.float(model).eval()
    tokens = torch.randint(0, model.config.vocab_size, (24,), generator=torch.Generator().manual_seed(7))
    with torch.inference_mode():
        return model(tokens[None]).logits[0], type(model).__name__


for first, second in zip(sys.argv[1::2], sys.argv[2::2]):
    (before, name), (after, other) = logits(first), logits(second)
    differences = (before - after).abs().amax(-1)
    print(json.dumps({
        "class": name, "other": other, "difference": differences.max().item(),
        "close_tokens": (differences < 1e-4).sum().item(), "tokens": len(differences)}), flush=True)
