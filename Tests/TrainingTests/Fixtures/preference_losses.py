"""Writes preference_losses.json: the losses of pairs, and their gradients, by PyTorch.

    python preference_losses.py > preference_losses.json        # torch 2.13

The formulas are those of trl 1.16 (DPOTrainer, loss_type), on summed log-probabilities; sft_weight adds the negative
log-likelihood of the chosen answer per token."""
import json

import torch
import torch.nn.functional as F

torch.manual_seed(3)
PAIRS = 6
chosen = (-30 * torch.rand(PAIRS, dtype=torch.float64)).float()
rejected = (-30 * torch.rand(PAIRS, dtype=torch.float64)).float()
reference_chosen = chosen + 4 * torch.randn(PAIRS)
reference_rejected = rejected + 4 * torch.randn(PAIRS)
chosen_counts = torch.tensor([3.0, 7.0, 1.0, 12.0, 5.0, 9.0])
rejected_counts = torch.tensor([4.0, 2.0, 6.0, 12.0, 1.0, 20.0])


def loss(kind, beta, smoothing, sft_weight, c, r):
    c_ratio, r_ratio = c - reference_chosen.double(), r - reference_rejected.double()
    d = c_ratio - r_ratio
    per_token = c_ratio / chosen_counts - r_ratio / rejected_counts
    if kind == "sigmoid":
        value = -F.logsigmoid(beta * d) * (1 - smoothing) - F.logsigmoid(-beta * d) * smoothing
    elif kind == "sigmoid_norm":
        value = -F.logsigmoid(beta * per_token) * (1 - smoothing) - F.logsigmoid(-beta * per_token) * smoothing
    elif kind == "ipo":
        value = (per_token - 1 / (2 * beta)) ** 2
    elif kind == "hinge":
        value = torch.relu(1 - beta * d)
    elif kind == "robust":
        value = (-F.logsigmoid(beta * d) * (1 - smoothing) + F.logsigmoid(-beta * d) * smoothing) / (1 - 2 * smoothing)
    return value - sft_weight * c / chosen_counts


cases = []
for kind, beta, smoothing, sft_weight in [
    ("sigmoid", 0.1, 0.0, 0.0), ("sigmoid", 0.5, 0.2, 0.0), ("sigmoid", 0.1, 0.0, 0.7), ("ipo", 0.1, 0.0, 0.0),
    ("ipo", 0.6, 0.0, 0.3), ("hinge", 0.1, 0.0, 0.0), ("hinge", 0.7, 0.0, 0.0), ("robust", 0.2, 0.1, 0.0),
    ("robust", 0.4, 0.3, 0.2), ("sigmoid_norm", 0.1, 0.0, 0.0), ("sigmoid_norm", 2.0, 0.1, 0.0),
]:
    c, r = chosen.double().requires_grad_(), rejected.double().requires_grad_()
    value = loss(kind, beta, smoothing, sft_weight, c, r)
    value.sum().backward()
    cases.append({
        "kind": kind, "beta": beta, "labelSmoothing": smoothing, "supervisedWeight": sft_weight,
        "losses": value.tolist(), "chosenGradients": c.grad.tolist(), "rejectedGradients": r.grad.tolist(),
    })

print(json.dumps({
    "chosen": chosen.tolist(), "rejected": rejected.tolist(), "referenceChosen": reference_chosen.tolist(),
    "referenceRejected": reference_rejected.tolist(), "chosenCounts": chosen_counts.tolist(),
    "rejectedCounts": rejected_counts.tolist(), "cases": cases,
}, indent=1))
