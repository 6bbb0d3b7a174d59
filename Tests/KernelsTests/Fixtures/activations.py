"""Values and slopes of the activations of feed-forward layers, by PyTorch in float64.

    python3 activations.py > activations.txt

A line: the name in transformers, x, f(x), f'(x).
"""

import torch
import torch.nn.functional as F

FUNCTIONS = {
    "relu2": lambda x: F.relu(x).square(),
    "silu": F.silu,
    "gelu": F.gelu,
    "gelu_pytorch_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "relu": F.relu,
}
POINTS = [-30, -12, -7.5, -5, -3.25, -2, -1.5, -1.25, -1, -0.75, -0.5, -0.125, -1e-4]
POINTS = POINTS + [-x for x in POINTS]

for name, function in FUNCTIONS.items():
    x = torch.tensor(POINTS, dtype=torch.float64, requires_grad=True)
    y = function(torch.tensor(POINTS, dtype=torch.float32).double() + (x - x.detach()))
    y.sum().backward()
    for values in zip(torch.tensor(POINTS).tolist(), y.tolist(), x.grad.tolist()):
        print(name, *(repr(value) for value in values))
