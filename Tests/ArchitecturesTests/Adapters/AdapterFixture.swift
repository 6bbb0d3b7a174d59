import FileFormats
import Foundation

/// Adapter folders as PEFT writes them, with factors that anybody can tell apart.
enum AdapterFixture {
  static let inputs = 6
  static let outputs = 4

  /// - Parameters:
  ///   - ranks: of the factors, by the layer they belong to, such as `0.self_attn.q_proj`.
  ///   - settings: members of adapter_config.json besides `peft_type`; null takes one away.
  @discardableResult
  static func write(
    to folder: URL, ranks: [String: Int], settings: [String: JSONValue] = [:]
  ) throws -> URL {
    try FileSystem.createDirectories(folder)
    let members: [String: JSONValue] = ["peft_type": .string("LORA"), "lora_alpha": .integer(16)]
    try JSONValue.object(members.merging(settings) { $1 }).serialized()
      .write(to: folder.appendingPathComponent("adapter_config.json"))
    let entries = ranks.sorted { $0.key < $1.key }.flatMap { layer, rank in
      let name = "base_model.model.model.layers.\(layer)"
      func values(_ count: Int, _ step: Float) -> [Float] { (0..<count).map { Float($0 + 1) * step } }
      return [
        SafetensorsWriter.Entry(
          name: name + ".lora_A.weight", shape: [rank, inputs], floats: values(rank * inputs, 0.013)),
        SafetensorsWriter.Entry(
          name: name + ".lora_B.weight", shape: [outputs, rank], floats: values(outputs * rank, -0.021)),
      ]
    }
    try SafetensorsWriter.write(entries, to: folder.appendingPathComponent("adapter_model.safetensors"))
    return folder
  }
}
