"""Writes preference_trainers.json: losses of whole micro-batches from logits, by the trainers of TRL themselves.

    python preference_trainers.py > preference_trainers.json        # trl 1.16, torch 2.13

Nothing of a loss is written here: the methods of CPOTrainer, ORPOTrainer and KTOTrainer run on objects that have the
settings they read, with a model that gives the logits of the fixture. What is differentiated are these logits."""
import json
from collections import defaultdict
from types import SimpleNamespace

import torch
from trl.experimental.cpo import CPOTrainer
from trl.experimental.orpo import ORPOTrainer
from trl.trainer.kto_trainer import KTOTrainer

torch.manual_seed(5)
PAIRS, LENGTH, VOCABULARY = 3, 8, 6
# Per row: tokens in all, and tokens of the prompt; a pair shares its prompt, and all lengths of answers differ.
SIZES = [(6, 2), (8, 4), (4, 1), (5, 2), (6, 4), (8, 1)]
tokens = torch.randint(1, VOCABULARY, (2 * PAIRS, LENGTH))
tokens[PAIRS:, :4] = torch.where(torch.arange(4) < torch.tensor([[2], [4], [1]]), tokens[:PAIRS, :4], tokens[PAIRS:, :4])
logits = 2 * torch.randn(2 * PAIRS, LENGTH, VOCABULARY)
mask = torch.stack([(torch.arange(LENGTH) < size).long() for size, _ in SIZES])
answer = torch.stack([((torch.arange(LENGTH) >= prompt) & (torch.arange(LENGTH) < size)).long() for size, prompt in SIZES])
tokens = tokens * mask
labels = torch.where(answer == 1, tokens, -100)
accelerator = SimpleNamespace(device="cpu", gather_for_metrics=lambda value: value)


def log_probabilities(values, targets):
    return torch.gather(values.log_softmax(-1), 2, targets.clamp(min=0).unsqueeze(2)).squeeze(2)


def trainer(kind, **settings):
    """An object with the methods of a trainer, without what its initialiser loads."""
    made = object.__new__(kind)
    made.__dict__.update(
        accelerator=accelerator, is_encoder_decoder=False, padding_value=0, pad_token_id=0, aux_loss_enabled=False,
        **settings)
    return made


pair_batch = {
    f"{name}_{key}": value[rows]
    for name, rows in [("chosen", slice(0, PAIRS)), ("rejected", slice(PAIRS, None))]
    for key, value in [("input_ids", tokens), ("attention_mask", mask), ("labels", labels)]
}


def paired(kind, settings):
    leaf = logits.clone().requires_grad_()
    loss, metrics = kind.get_batch_loss_metrics(
        trainer(kind, **settings), lambda *_, **__: SimpleNamespace(logits=leaf), pair_batch)
    loss.backward()
    return loss, leaf.grad, metrics


def case(kind, settings, loss, gradient, **more):
    return {"kind": kind, **settings, "loss": loss.item(), "gradient": gradient.flatten().tolist(), **more}


paired_cases = []
for kind, beta, smoothing, gamma, alpha in [
    ("cpo", 0.1, 0.0, 0.0, 0.0), ("cpo", 0.1, 0.0, 0.0, 1.0), ("cpo", 0.5, 0.2, 0.0, 0.3),
    ("simpo", 2.0, 0.0, 0.5, 0.0), ("simpo", 0.1, 0.0, 0.5, 1.0), ("simpo", 1.5, 0.1, 1.2, 0.0),
]:
    settings = dict(
        loss_type="simpo" if kind == "simpo" else "sigmoid", beta=beta, label_smoothing=smoothing, simpo_gamma=gamma,
        cpo_alpha=alpha, alpha=0.0)
    loss, gradient, metrics = paired(CPOTrainer, settings)
    paired_cases.append(case(
        kind, {"beta": beta, "labelSmoothing": smoothing, "gamma": gamma, "likelihoodWeight": alpha}, loss, gradient,
        margin=float(metrics["rewards/margins"])))
for beta in [0.1, 1.0]:
    loss, gradient, metrics = paired(ORPOTrainer, dict(beta=beta))
    paired_cases.append(case(
        "orpo", {"beta": beta, "labelSmoothing": 0, "gamma": 0, "likelihoodWeight": 0}, loss, gradient,
        margin=float(metrics["rewards/margins"])))

# The three chosen rows as answers, the three others as answers to prompts of others.
reference, mismatched_reference = torch.tensor([-9.0, -5.0, -8.0]), torch.tensor([-17.5, -12.0, -24.0])


class Fused:
    """What TRL's fused head returns, from the logits of the fixture; the second call is for the answers."""

    training = False

    def __init__(self, parts):
        self.parts = parts

    def __call__(self, labels, **_):
        values = self.parts.pop(0)
        taken = log_probabilities(values[:, :-1], labels[:, 1:]) * (labels[:, 1:] != -100)
        return SimpleNamespace(
            log_probs=taken, entropy=torch.zeros_like(taken), mean_logits=torch.zeros_like(taken))


unpaired_cases = []
for beta, good, bad, marks, shift in [
    (0.1, 1.0, 1.0, [1, 0, 1], 0.0), (0.5, 1.0, 1.0, [0, 0, 1], 0.0), (0.3, 1.5, 0.5, [1, 1, 0], 0.0),
    (0.2, 1.0, 2.0, [0, 0, 0], 0.0), (0.4, 1.0, 1.0, [1, 0, 1], 30.0),
]:
    leaf = logits.clone().requires_grad_()
    # Far below the reference, the estimate of the divergence is cut off at 0.
    batch = {
        "input_ids": tokens[:PAIRS], "attention_mask": mask[:PAIRS], "completion_mask": answer[:PAIRS],
        "KL_input_ids": tokens[PAIRS:], "KL_attention_mask": mask[PAIRS:], "KL_completion_mask": answer[PAIRS:],
        "label": torch.tensor(marks, dtype=torch.bool), "ref_logps": reference,
        "ref_KL_logps": mismatched_reference + shift,
    }
    model = Fused([leaf[PAIRS:], leaf[:PAIRS]])
    made = trainer(
        KTOTrainer, model=model, beta=beta, desirable_weight=good, undesirable_weight=bad, loss_type="kto",
        calculate_KL=True, precompute_ref_logps=True, _metrics=defaultdict(lambda: defaultdict(list)),
        _total_train_tokens=0, _tp_size=1)
    loss = KTOTrainer._compute_loss(made, model, batch, False)
    loss.backward()
    unpaired_cases.append(case(
        "kto", {"beta": beta, "desirableWeight": good, "undesirableWeight": bad}, loss, leaf.grad,
        labels=[bool(mark) for mark in marks], mismatchedReference=(mismatched_reference + shift).tolist(),
        kl=made._metrics["eval"]["kl"][0]))

print(json.dumps({
    "length": LENGTH, "vocabulary": VOCABULARY, "tokens": tokens.flatten().tolist(),
    "targets": labels.flatten().tolist(), "logits": logits.flatten().tolist(), "reference": reference.tolist(),
    "paired": paired_cases, "unpaired": unpaired_cases,
}))
