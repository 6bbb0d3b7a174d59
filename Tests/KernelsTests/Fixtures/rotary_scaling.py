"""Inverse frequencies of rotary positions, by transformers.

    python3 rotary_scaling.py > rotary_scaling.txt

A line: kind, head dimension, theta, the parameters of the kind, a colon, then one float32 for each pair.
"""

from transformers import LlamaConfig
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

CASES = [
    (64, 10000.0, {"rope_type": "default"}),
    (96, 500000.0, {"rope_type": "default"}),
    (64, 10000.0, {"rope_type": "linear", "factor": 4.0}),
    (128, 1000000.0, {"rope_type": "linear", "factor": 2.5}),
    (128, 500000.0, {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                     "original_max_position_embeddings": 8192}),
    (64, 500000.0, {"rope_type": "llama3", "factor": 32.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                    "original_max_position_embeddings": 8192}),
    (80, 10000.0, {"rope_type": "llama3", "factor": 3.0, "low_freq_factor": 0.5, "high_freq_factor": 9.0,
                   "original_max_position_embeddings": 256}),
]

for dimension, theta, parameters in CASES:
    config = LlamaConfig(hidden_size=2 * dimension, num_attention_heads=2, head_dim=dimension,
                         max_position_embeddings=131072, rope_parameters={"rope_theta": theta, **parameters})
    frequencies = LlamaRotaryEmbedding(config).inv_freq
    kind, *numbers = parameters.values()
    print(kind, dimension, theta, *numbers, ":", *(repr(value) for value in frequencies.tolist()))
