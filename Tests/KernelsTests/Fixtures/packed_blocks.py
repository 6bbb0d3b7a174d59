"""Writes packed_blocks.txt: blocks as the quantisers of the gguf package (pip install gguf) pack them, in hexadecimal.

    python3 packed_blocks.py > packed_blocks.txt

The values follow from the formulas below, which PackedFixtureTests.swift repeats."""
import numpy as np
from gguf import GGMLQuantizationType as Type, quants

ROWS, COLUMNS = 3, 512
SCALE = np.float32(np.float16(0.0371))

index = np.arange(ROWS * COLUMNS)
codes = (index * index * 7 + index * 3 + 11 * (index // 256)) % 3 - 1
codes[512:768] = 0  # a block of zeros
values = (codes.astype(np.float32) * SCALE).reshape(ROWS, COLUMNS)
# Dyadic numbers: the same in every language. Blocks of many magnitudes, and one of zeros.
floats = ((index * 37 + index * index) % 201 - 100).astype(np.float32) * 2.0 ** (-(index // 32 % 12)).astype(np.float32)
floats[64:96] = 0

for name, kind, data in [("tq1_0", Type.TQ1_0, values), ("tq2_0", Type.TQ2_0, values),
                         ("q8_0", Type.Q8_0, floats.astype(np.float32).reshape(ROWS, COLUMNS))]:
    print(name, quants.quantize(data, kind).tobytes().hex())
