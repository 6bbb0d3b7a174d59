import FileFormats
import Foundation

/// What adapter_config.json of PEFT says.
struct PEFTConfiguration {
  /// `beside`, as PEFT computes. Targets and ranks of single layers follow from the tensors.
  let adapter: LoRAConfiguration
  let ranks: PEFTRanks
  /// Where the model lies that the adapter belongs to, if it is said.
  let baseModel: String?

  /// Settings that change what an adapter computes, with the values that change nothing.
  private static let neutral: [(key: String, values: [JSONValue])] = [
    ("use_dora", [.boolean(false)]), ("lora_bias", [.boolean(false)]), ("bias", [.string("none")]),
    ("fan_in_fan_out", [.boolean(false)]), ("modules_to_save", [.array([])]), ("alpha_pattern", [.object([:])]),
    ("trainable_token_indices", [.array([])]), ("target_parameters", [.array([])]),
    ("layer_replication", [.array([])]), ("alora_invocation_tokens", [.array([])]),
  ]

  /// - Throws: `FileError`, `AdapterError`.
  init(folder: URL) throws {
    let url = folder.appendingPathComponent(LoRAConfiguration.fileName)
    let file = try MappedFile(url)
    let value: JSONValue
    do {
      value = try JSONParser.parse(file.withBytes { String(decoding: $0, as: UTF8.self) })
    } catch {
      throw AdapterError(path: url.path, problems: ["is not JSON (\(error))"])
    }
    var reader = ConfigurationReader(value.objectValue ?? [:])
    if let type = reader.string("peft_type"), type != "LORA" {
      reader.complain(
        "peft_type is \"\(type.printable())\", expected LORA; other kinds of adapters are not implemented")
    }
    for (key, values) in Self.neutral { reader.requireDefault(key, values) }
    ranks = PEFTRanks(&reader)
    let alpha = reader.double("lora_alpha") ?? 8
    if !Float(alpha).isNormal {
      reader.complain("lora_alpha is \(alpha), expected a number that is not 0, within the range of float32")
    }
    adapter = LoRAConfiguration(
      rank: max(1, ranks.rank), alpha: alpha, dropout: reader.double("lora_dropout") ?? 0,
      usesRankStabilization: reader.boolean("use_rslora") ?? false)
    let path = reader.string("base_model_name_or_path") ?? ""
    baseModel = path.isEmpty ? nil : path
    guard reader.problems.isEmpty else { throw AdapterError(path: url.path, problems: reader.problems) }
  }
}
