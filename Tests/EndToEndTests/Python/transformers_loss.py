"""Prints the loss of a checkpoint folder on a text in Hugging Face transformers, as one JSON line.

    pip install torch transformers accelerate safetensors
    python3 transformers_loss.py FOLDER TEXT WINDOW

Opens the folder as BitNetForCausalLM with online quantisation, in float32, and scores non-overlapping windows of bytes.
"""
import json
import sys

import torch
import torch.nn.functional as F
from transformers import AutoModelForCausalLM, AutoTokenizer

folder, text, window = sys.argv[1], open(sys.argv[2], "rb").read(), int(sys.argv[3])
model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
tokenizer = AutoTokenizer.from_pretrained(folder)
sample = text[:1000].decode("utf-8", errors="ignore")
layers = {type(module).__name__ for name, module in model.named_modules() if name.endswith("_proj")}

total = count = 0
with torch.no_grad():
    for start in range(0, len(text) - 1, window):
        piece = torch.tensor(list(text[start:start + window + 1])).unsqueeze(0)
        logits = model(piece[:, :-1]).logits
        total += F.cross_entropy(logits[0], piece[0, 1:], reduction="sum").item()
        count += piece.shape[1] - 1
print(json.dumps({
    "architecture": type(model).__name__, "linear": sorted(layers), "tokens": count, "nats_per_token": total / count,
    "ids_are_bytes": tokenizer(sample, add_special_tokens=False)["input_ids"] == list(sample.encode()),
}))
