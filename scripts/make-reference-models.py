#!/usr/bin/env python3
"""Writes small random models of every class that Hugging Face folders come in, with the logits transformers computes.

    python3 scripts/make-reference-models.py /tmp/reference-models [NAME ...]

needs torch, transformers, accelerate and safetensors. Without names, all of them. Each folder has config.json, the
weights, reference.json (what the folder is, and the token ids) and reference.safetensors: `tokens` int32 [tokens] and
`logits` float32 [tokens, vocabulary], computed in float32 from the stored weights.

Weights are drawn so that every part of a model shows in its logits: gains around 1, biases that are not small,
attention that is not uniform, logits of a standard deviation near 1."""
import json
import os
import pathlib
import shutil
import sys

os.environ["TORCHDYNAMO_DISABLE"] = "1"  # transformers compiles its quantisers; they need no compiler to be right
import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers.integrations.bitnet import pack_weights

VOCABULARY, TOKENS = 300, 24
FORMAT = {"format": "pt"}


def shape(hidden, intermediate, heads, kv_heads, **more):
    return dict(vocab_size=VOCABULARY, hidden_size=hidden, intermediate_size=intermediate, num_hidden_layers=2,
                num_attention_heads=heads, num_key_value_heads=kv_heads, max_position_embeddings=256, bos_token_id=1,
                eos_token_id=2, **more)


LLAMA3_ROPE = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
               "original_max_position_embeddings": 64}
ONLINE = {"quant_method": "bitnet", "linear_class": "autobitlinear", "quantization_mode": "online"}
OFFLINE = {"quant_method": "bitnet", "linear_class": "autobitlinear", "quantization_mode": "offline"}
INVERSE = {"quant_method": "bitnet", "modules_to_not_convert": None}

# name: class, stored type, configuration; "quantization" and "published" (the spelling of config.json that published
# models have: rope_theta, rope_scaling, torch_dtype) beside it.
MODELS = {
    "llama-untied": ("Llama", "F32", shape(128, 352, 4, 4)),
    "llama-tied": ("Llama", "BF16", shape(64, 160, 4, 4, tie_word_embeddings=True)),
    "llama-grouped": ("Llama", "F16", shape(128, 320, 8, 2, rms_norm_eps=1e-5)),
    "llama-head-dimension": ("Llama", "F32", shape(96, 256, 4, 2, head_dim=32)),
    "llama-rope-linear": ("Llama", "F32", shape(64, 192, 4, 2, rope_theta=10000.0, published=True,
                                                rope_scaling={"type": "linear", "factor": 4.0})),
    "llama-rope-llama3": ("Llama", "BF16", shape(128, 256, 4, 2, rope_theta=500000.0, published=True,
                                                 rope_scaling=LLAMA3_ROPE)),
    "llama-biases": ("Llama", "F32", shape(64, 192, 4, 2, attention_bias=True, mlp_bias=True)),
    "llama-sharded": ("Llama", "BF16", shape(128, 256, 4, 2, shards="120KB")),
    "mistral": ("Mistral", "BF16", shape(128, 256, 4, 2, sliding_window=None, rope_theta=1e6, published=True)),
    "qwen2": ("Qwen2", "BF16", shape(128, 256, 4, 2, tie_word_embeddings=True, rope_theta=1e6, rms_norm_eps=1e-6,
                                     use_sliding_window=False, published=True)),
    "qwen3": ("Qwen3", "BF16", shape(64, 192, 4, 2, head_dim=32, tie_word_embeddings=True, rope_theta=1e6,
                                     rms_norm_eps=1e-6, use_sliding_window=False, published=True)),
    "qwen3-online": ("Qwen3", "F32", shape(128, 256, 4, 2, head_dim=64, quantization=ONLINE)),
    "olmo2": ("Olmo2", "BF16", shape(128, 256, 4, 2, rope_theta=500000.0, rms_norm_eps=1e-6, published=True)),
    "olmo2-biases": ("Olmo2", "F32", shape(64, 192, 4, 4, attention_bias=True, tie_word_embeddings=True)),
    "bitnet-float": ("BitNet", "F32", shape(128, 256, 4, 2, tie_word_embeddings=True, rms_norm_eps=1e-5)),
    "bitnet-online-bf16": ("BitNet", "BF16", shape(128, 256, 4, 2, tie_word_embeddings=True, rope_theta=500000.0,
                                                   quantization=ONLINE, published=True)),
    "bitnet-online-silu": ("BitNet", "F32", shape(64, 192, 4, 2, hidden_act="silu", quantization=ONLINE)),
    "bitnet-offline": ("BitNet", "BF16", shape(256, 640, 4, 2, tie_word_embeddings=True, rope_theta=500000.0,
                                               quantization=OFFLINE, published=True)),
    "bitnet-offline-narrow": ("BitNet", "BF16", shape(64, 192, 4, 2, quantization=OFFLINE)),
    "bitnet-bitlinear": ("BitNet", "BF16", shape(128, 384, 4, 2, tie_word_embeddings=True, quantization=INVERSE)),
    "llama-bitlinear": ("Llama", "BF16", shape(128, 256, 4, 2, quantization=INVERSE, is_bitnet_config=True,
                                               rope_theta=500000.0, published=True)),
    "llama-bitlinear-head-dimension": (
        "Llama", "BF16", shape(128, 384, 4, 2, head_dim=64, rms_norm_eps=1e-6, rope_theta=1000042, published=True,
                               is_bitnet_config=True,
                               quantization={"quant_method": "bitnet", "modules_to_not_convert": ["lm_head"]})),
    "llama-bitlinear-partly": (
        "Llama", "F32", shape(128, 256, 4, 2, quantization=INVERSE | {
            "modules_to_not_convert": ["lm_head", "model.layers.0.mlp.down_proj", "model.layers.1.self_attn.q_proj"]})),
    "llama-bitlinear-biases": ("Llama", "F32", shape(128, 256, 4, 2, attention_bias=True, quantization=INVERSE)),
    "llama-bitlinear-norms": ("Llama", "BF16", shape(128, 256, 4, 2, quantization=INVERSE | {"use_rms_norm": True})),
    "llama-offline-norms": ("Llama", "F32", shape(128, 256, 4, 2, quantization=OFFLINE | {
        "use_rms_norm": True, "rms_norm_eps": 1e-5})),
    "llama-online-norms": ("Llama", "F32", shape(128, 256, 4, 2, tie_word_embeddings=True, quantization=ONLINE | {
        "use_rms_norm": True})),
}
TYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


def drawn(name, tensor, random):
    """Random values for a parameter, by what it is."""
    normal = torch.randn(tensor.shape, generator=random)
    if name.endswith("norm.weight"):
        return 1 + 0.3 * normal
    if name.endswith(".bias"):
        return 0.3 * normal
    if "embed_tokens" in name or "lm_head" in name:
        return normal * tensor.shape[-1] ** -0.5
    # Scores of queries and keys that tell positions apart.
    return normal * (1.6 if "q_proj" in name or "k_proj" in name else 1) * tensor.shape[-1] ** -0.5


def is_converted(name, quantization):
    excluded = quantization.get("modules_to_not_convert") or []
    module = name.removesuffix(".weight")
    return name.endswith("_proj.weight") and module not in excluded


def quantized(state, quantization, random):
    """The tensors of a folder of this kind, from those of the float model."""
    packed = {}
    for name, tensor in state.items():
        if not is_converted(name, quantization):
            packed[name] = tensor
            continue
        module = name.removesuffix(".weight")
        if quantization.get("use_rms_norm"):
            packed[f"{module}.rms_norm.weight"] = 1 + 0.3 * torch.randn(tensor.shape[1], generator=random)
        if quantization.get("quantization_mode") == "online":
            packed[name] = tensor
            continue
        inverse = quantization.get("linear_class") != "autobitlinear"
        scale = tensor.abs().mean()
        packed[name] = pack_weights((tensor / scale).round().clamp(-1, 1))
        packed[f"{module}.weight_scale"] = (1 / scale if inverse else scale).reshape(1)
    return packed


def configuration_json(model, type_name, options, quantization, published):
    """config.json: as transformers writes it, or as published models spell it."""
    config = json.loads(model.config.to_json_string(use_diff=False)) if not published else dict(options)
    config["architectures"] = [type(model).__name__]
    config["model_type"] = model.config.model_type
    for key in ("dtype", "torch_dtype"):
        config.pop(key, None)
    config["torch_dtype" if published else "dtype"] = str(TYPES[type_name]).removeprefix("torch.")
    if published:
        config.setdefault("hidden_act", model.config.hidden_act)
        config.setdefault("rms_norm_eps", model.config.rms_norm_eps)
        config.setdefault("tie_word_embeddings", model.config.tie_word_embeddings)
    if quantization:
        config["quantization_config"] = quantization
    return config


def write_model(folder, name):
    """Writes the weights and config.json of one model."""
    class_name, type_name, options = MODELS[name]
    options = dict(options)
    quantization, shards = options.pop("quantization", None), options.pop("shards", None)
    published = options.pop("published", False)
    config = getattr(transformers, f"{class_name}Config")(**options)
    model = getattr(transformers, f"{class_name}ForCausalLM")(config)
    random = torch.Generator().manual_seed(sum(name.encode()))
    state = {key: drawn(key, tensor, random) for key, tensor in model.state_dict().items()}
    if config.tie_word_embeddings:
        state.pop("lm_head.weight", None)
    if quantization:
        state = quantized(state, quantization, random)
    state = {key: (value if value.dtype == torch.uint8 else value.to(TYPES[type_name])).contiguous()
             for key, value in state.items()}
    if shards:
        model.load_state_dict(state)
        model.to(TYPES[type_name]).save_pretrained(folder, max_shard_size=shards)
    else:
        save_file(state, folder / "model.safetensors", FORMAT)
    text = configuration_json(model, type_name, options, quantization, published)
    (folder / "config.json").write_text(json.dumps(text, indent=2) + "\n")


def write_reference(folder, name):
    """Loads a folder as anyone would, in float32, and writes what the model says."""
    model, information = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True)
    problems = {key: value for key, value in information.items() if value}
    if problems:
        sys.exit(f"{name}: transformers loads it with {problems}")
    # What lies beside unpacked weights has kept its stored type.
    model = torch.nn.Module.float(model)
    random = torch.Generator().manual_seed(7)
    tokens = torch.randint(0, VOCABULARY, (TOKENS,), generator=random)
    tokens[0], tokens[-1] = 0, VOCABULARY - 1
    with torch.inference_mode():
        logits = model.eval()(tokens[None]).logits[0]
    assert logits.dtype == torch.float32 and logits.isfinite().all()
    save_file({"tokens": tokens.int(), "logits": logits.contiguous()}, folder / "reference.safetensors", FORMAT)
    class_name, type_name, _ = MODELS[name]
    description = {"name": name, "class": type(model).__name__, "dtype": type_name, "tokens": tokens.tolist(),
                   "logits": {"file": "reference.safetensors", "std": logits.std().item(),
                              "argmax": logits.argmax(-1).tolist()},
                   "transformers": transformers.__version__, "torch": torch.__version__}
    (folder / "reference.json").write_text(json.dumps(description, indent=1) + "\n")
    return logits


def main():
    if len(sys.argv) < 2 or not set(sys.argv[2:]) <= set(MODELS):
        sys.exit(f"{__doc__}\n\nnames: {' '.join(MODELS)}")
    root = pathlib.Path(sys.argv[1])
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    for name in sys.argv[2:] or MODELS:
        folder = root / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        write_model(folder, name)
        logits = write_reference(folder, name)
        size = sum(file.stat().st_size for file in folder.iterdir())
        print(f"{name:32} {size / 1e6:6.2f} MB, logits of std {logits.std():.2f}")


main()
