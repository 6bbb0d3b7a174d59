/// What the writer of an unknown key most likely meant.
package enum KeySuggestions {
  /// The path of the right key, e.g. `optimizer.lr` for `learning_rate`; nil when none is near.
  package static func path(for unknownPath: String) -> String? {
    let parts = unknownPath.split(separator: ".").map(String.init)
    guard let name = parts.last else { return nil }
    if RecipeSchema.paths.contains(unknownPath) || RecipeSchema.groups.contains(unknownPath) { return unknownPath }
    if let path = foreignNames[name.lowercased()] { return path }
    if let path = misplaced(name) { return path }
    return nearest(to: unknownPath, in: RecipeSchema.paths + RecipeSchema.groups)
      ?? nearest(to: name, in: RecipeSchema.paths) { $0.split(separator: ".").last.map(String.init) ?? $0 }
  }

  /// The candidate with the fewest edits, if these are few for the length of `text`.
  static func nearest(
    to text: String, in candidates: [String], comparing name: (String) -> String = { $0 }
  ) -> String? {
    let allowedEdits = max(1, text.count / 4)
    let distances = candidates.map { ($0, editDistance(text.lowercased(), name($0))) }
    return distances.filter { $0.1 <= allowedEdits }.min { $0.1 < $1.1 }?.0
  }

  /// A right name in the wrong mapping, when it is right in one place only.
  private static func misplaced(_ name: String) -> String? {
    let homes = RecipeSchema.paths.filter { $0 == name || $0.hasSuffix("." + name) }
    return homes.count == 1 ? homes[0] : nil
  }

  /// Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment).
  static func editDistance(_ left: String, _ right: String) -> Int {
    let left = Array(left), right = Array(right)
    var beforePrevious = [Int](repeating: 0, count: right.count + 1)
    var previous = Array(0...right.count)
    for row in left.indices {
      var current = [row + 1]
      for column in right.indices {
        let isSame = left[row] == right[column]
        var distance = min(previous[column] + (isSame ? 0 : 1), previous[column + 1] + 1, current[column] + 1)
        if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
          distance = min(distance, beforePrevious[column - 1] + 1)
        }
        current.append(distance)
      }
      (beforePrevious, previous) = (previous, current)
    }
    return previous[right.count]
  }

  /// What other tools (nanoGPT, Hugging Face Trainer, torchtune, mlx-lm, Axolotl …) call the same thing.
  package static let foreignNames: [String: String] = [
    "learning_rate": "optimizer.lr", "max_lr": "optimizer.lr", "peak_lr": "optimizer.lr",
    "min_lr": "lr_scheduler.final_lr", "lr_end": "lr_scheduler.final_lr", "end_lr": "lr_scheduler.final_lr",
    "adam_beta1": "optimizer.betas", "adam_beta2": "optimizer.betas",
    "beta1": "optimizer.betas", "beta2": "optimizer.betas",
    "adam_epsilon": "optimizer.eps", "epsilon": "optimizer.eps", "wd": "optimizer.weight_decay",
    "optim": "optimizer.type",
    "scheduler": "lr_scheduler", "lr_schedule": "lr_scheduler", "lr_scheduler_type": "lr_scheduler.type",
    "warmup_steps": "lr_scheduler.num_warmup_steps", "warmup_iters": "lr_scheduler.num_warmup_steps",
    "warmup": "lr_scheduler.num_warmup_steps", "decay_steps": "lr_scheduler.num_decay_steps",
    "lr_decay_iters": "lr_scheduler.num_decay_steps",
    "n_embd": "model.hidden_size", "d_model": "model.hidden_size", "dim": "model.hidden_size",
    "embed_dim": "model.hidden_size", "n_embed": "model.hidden_size",
    "n_layer": "model.num_hidden_layers", "n_layers": "model.num_hidden_layers",
    "num_layers": "model.num_hidden_layers", "depth": "model.num_hidden_layers",
    "n_head": "model.num_attention_heads", "n_heads": "model.num_attention_heads",
    "num_heads": "model.num_attention_heads",
    "n_kv_heads": "model.num_key_value_heads", "n_kv_head": "model.num_key_value_heads",
    "num_kv_heads": "model.num_key_value_heads",
    "ffn_dim": "model.intermediate_size", "d_ff": "model.intermediate_size",
    "intermediate_dim": "model.intermediate_size", "ffn_hidden_size": "model.intermediate_size",
    "activation": "model.hidden_act", "activation_function": "model.hidden_act",
    "tie_embeddings": "model.tie_word_embeddings", "rope_base": "model.rope_theta",
    "norm_eps": "model.rms_norm_eps", "layer_norm_eps": "model.rms_norm_eps", "init_std": "model.initializer_range",
    "n_positions": "model.max_position_embeddings",
    "model_name_or_path": "model.from", "base_model": "model.from", "init_from": "model.from",
    "quantization": "bitlinear.weight_quant", "weight_bits": "bitlinear.weight_quant",
    "act_bits": "bitlinear.activation_bits",
    "block_size": "max_seq_len", "seq_len": "max_seq_len", "sequence_length": "max_seq_len",
    "sequence_len": "max_seq_len", "seq_length": "max_seq_len", "max_length": "max_seq_len",
    "max_seq_length": "max_seq_len", "context_length": "max_seq_len", "n_ctx": "max_seq_len",
    "max_iters": "max_steps", "iters": "max_steps", "num_steps": "max_steps", "steps": "max_steps",
    "max_steps_per_epoch": "max_steps", "total_steps": "max_steps",
    "micro_batch_size": "batch_size", "per_device_train_batch_size": "batch_size",
    "train_batch_size": "batch_size",
    "grad_accum": "gradient_accumulation_steps", "grad_accumulation_steps": "gradient_accumulation_steps",
    "grad_accum_steps": "gradient_accumulation_steps", "accumulate_grad_batches": "gradient_accumulation_steps",
    "gradient_accumulation": "gradient_accumulation_steps",
    "grad_clip": "clip_grad_norm", "gradient_clip": "clip_grad_norm", "gradient_clipping": "clip_grad_norm",
    "gradient_clip_val": "clip_grad_norm", "max_grad_norm": "clip_grad_norm",
    "gradient_checkpointing": "enable_activation_checkpointing",
    "activation_checkpointing": "enable_activation_checkpointing",
    "dtype": "compute_dtype", "precision": "compute_dtype", "bf16": "compute_dtype",
    "master_dtype": "master_weights.dtype", "stochastic_rounding": "master_weights.rounding",
    "out_dir": "output_dir", "output": "output_dir", "save_dir": "output_dir", "adapter_path": "output_dir",
    "random_seed": "seed", "data": "dataset", "dataset_path": "dataset.path", "data_path": "dataset.path",
    "train_file": "dataset.path", "validation_file": "dataset.validation", "eval": "dataset.validation",
    "eval_interval": "eval_every_n_steps", "eval_steps": "eval_every_n_steps", "eval_every": "eval_every_n_steps",
    "steps_per_eval": "eval_every_n_steps", "eval_iters": "eval_tokens", "val_batches": "eval_tokens",
    "save_steps": "save_every_n_steps", "save_every": "save_every_n_steps", "save_interval": "save_every_n_steps",
    "log_interval": "log_every_n_steps", "logging_steps": "log_every_n_steps", "log_every": "log_every_n_steps",
    "steps_per_report": "log_every_n_steps",
    "save_total_limit": "keep_last", "keep_last_n": "keep_last",
    "num_train_epochs": "max_epochs", "num_epochs": "max_epochs", "epochs": "max_epochs", "n_epochs": "max_epochs",
    "r": "lora.rank", "lora_r": "lora.rank", "lora_rank": "lora.rank", "lora_alpha": "lora.alpha",
    "lora_dropout": "lora.dropout", "lora_target_modules": "lora.target_modules", "modules": "lora.target_modules",
    "lora_attn_modules": "lora.target_modules", "rslora": "lora.use_rslora",
    "dpo_beta": "loss.beta", "loss_type": "loss.type", "rpo_alpha": "loss.sft_weight",
    "sample_packing": "dataset.packed", "packing": "dataset.packed", "train_on_inputs": "dataset.train_on_input",
    "val_set_size": "dataset.validation_fraction", "test_split_ratio": "dataset.validation_fraction",
    "max_train_samples": "dataset.max_samples", "excess_length_strategy": "dataset.overlong",
    "load_best_model_at_end": "load_best_at_end", "template": "chat_template",
    "task": "recipe", "type": "recipe", "special_tokens": "tokenizer.special_tokens",
  ]
}
