"""Opens a GGUF file with the reader of the gguf package (pip install gguf); prints its keys and tensors as JSON.

    python3 gguf_listing.py MODEL.gguf

With --requantize each ternary tensor of the types the package knows is also unpacked and packed again by the
package; "same" says whether the bytes came back."""
import json
import sys

import gguf

reader = gguf.GGUFReader(sys.argv[1])
keys = [key for key in reader.fields if not key.startswith("GGUF.")]
tensors = []
for tensor in reader.tensors:
    entry = {"name": tensor.name, "type": tensor.tensor_type.name, "shape": [int(n) for n in reversed(tensor.shape)]}
    if "--requantize" in sys.argv and tensor.tensor_type.name in ("TQ1_0", "TQ2_0"):
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        entry["same"] = gguf.quants.quantize(values, tensor.tensor_type).tobytes() == tensor.data.tobytes()
    tensors.append(entry)
print(json.dumps({"keys": keys, "tensors": tensors}))
