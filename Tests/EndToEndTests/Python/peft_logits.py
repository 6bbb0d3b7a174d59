"""Prints the logits after prompts of bytes, of a model with a PEFT adapter, as computed by transformers and peft.

    python peft_logits.py MODEL_FOLDER ADAPTER_FOLDER BYTE,BYTE,… BYTE,…

First a line for each prompt without the adapter, then one for each with it. transformers quantises activations and
weights of BitNetForCausalLM itself when config.json says so."""
import sys

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

prompts = [torch.tensor([[int(byte) for byte in text.split(",")]]) for text in sys.argv[3:]]
model = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.float32).eval()


def show(model):
    for prompt in prompts:
        print(",".join(f"{value:.8g}" for value in model(prompt).logits[0, -1].tolist()))


with torch.no_grad():
    show(model)
    show(PeftModel.from_pretrained(model, sys.argv[2]).eval())
