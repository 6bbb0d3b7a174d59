"""Prints the logits after a prompt of bytes, of a model with a PEFT adapter, as computed by transformers and peft.

    python peft_logits.py MODEL_FOLDER ADAPTER_FOLDER BYTE,BYTE,…

transformers quantises activations and weights of BitNetForCausalLM itself when config.json says so."""
import sys

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

model = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.float32)
tokens = torch.tensor([[int(byte) for byte in sys.argv[3].split(",")]])
with torch.no_grad():
    plain = model(tokens).logits[0, -1]
    adapted = PeftModel.from_pretrained(model, sys.argv[2]).eval()(tokens).logits[0, -1]
print(",".join(f"{value:.8g}" for value in plain.tolist()))
print(",".join(f"{value:.8g}" for value in adapted.tolist()))
