import ArgumentParser

/// The MODEL argument of commands that run a model.
enum ModelArgument {
  static let help =
    "A checkpoint folder, a run folder (its newest checkpoint), a Hugging Face folder, an adapter folder, a GGUF file, or a "
    + "file of llama2.c."
}

/// The option of commands that run a model with an adapter.
struct AdapterOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A LoRA adapter for the model: a folder as PEFT writes it, or the folder of a LoRA run.", valueName: "dir"))
  var adapter: String?
}
