"""Writes block_formats.txt: random blocks and what the gguf package (pip install gguf) makes of them, in hexadecimal.

    python3 block_formats.py > block_formats.txt

A line has the name of the format, the bytes of 512 elements, and the float32 values, little-endian. The 4- and 5-bit
blocks come from the package's quantiser; it has none for K-quants, whose bytes are drawn, every one of them valid."""
import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType as Type, quants

ELEMENTS = 512
random = np.random.default_rng(3)

# Where the float16 scales of a super-block begin.
SCALES = {Type.Q2_K: [80, 82], Type.Q3_K: [108], Type.Q4_K: [0, 2], Type.Q5_K: [0, 2], Type.Q6_K: [208]}

# Blocks of different magnitudes, one of zeros; the last is so small that its scale is a float16 subnormal.
magnitudes = np.float32([1, 0.01, 300, 0, 1e-3, 0.1, 20, 0.02] * 2)[:, None]
magnitudes[-1] = 3e-5
values = (random.standard_normal((ELEMENTS // 32, 32)).astype(np.float32) * magnitudes).reshape(1, ELEMENTS)

for kind in [Type.Q4_0, Type.Q4_1, Type.Q5_0, Type.Q5_1]:
    data = quants.quantize(values, kind)
    print(kind.name.lower(), data.tobytes().hex(), quants.dequantize(data, kind).tobytes().hex())

for kind, places in SCALES.items():
    block_size, block_bytes = GGML_QUANT_SIZES[kind]
    data = random.integers(0, 256, (ELEMENTS // block_size, block_bytes), dtype=np.uint8)
    for block, scale in zip(data, [0.0371, -3e-6]):
        for place in places:
            block[place:place + 2] = np.float16([scale]).view(np.uint8)
            scale *= 3
    data = data.reshape(1, -1)
    print(kind.name.lower(), data.tobytes().hex(), quants.dequantize(data, kind).tobytes().hex())
