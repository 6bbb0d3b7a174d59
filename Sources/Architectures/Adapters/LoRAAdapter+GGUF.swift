import FileFormats
import Foundation
import Kernels

/// Adapters as llama.cpp takes them: `general.type` adapter, factors called `blk.0.attn_q.weight.lora_a`.
extension LoRAAdapter {
  private static let alphaKey = "adapter.lora.alpha"

  convenience init(gguf file: GGUFFile) throws {
    var problems: [String] = []
    func text(_ key: String) -> String? {
      guard case .string(let text)? = file.metadata[key] else { return nil }
      return text
    }
    if text("general.type") != "adapter" { problems.append("general.type is not \"adapter\": this is no adapter") }
    if let type = text("adapter.type"), type != "lora" { problems.append("adapter.type is \"\(type)\", expected lora") }
    var alpha = 0.0
    if case .float32(let value)? = file.metadata[Self.alphaKey] { alpha = Double(value) }
    if !alpha.isFinite || alpha == 0 {
      problems.append("\(Self.alphaKey) is \(alpha), expected a number that is not 0")
    }
    guard problems.isEmpty else { throw AdapterError(path: file.url.path, problems: problems) }
    let tensors = GGUFAdapterTensors(
      file: file, rowOrder: text("general.architecture").flatMap(GGUFArchitecture.init)?.rotaryRowOrder ?? .halves)
    let rank = tensors.shapes.first { tensors.factor($0.key)?.isA == true }?.value.first ?? 1
    try self.init(
      file.url, tensors, LoRAConfiguration(rank: rank, alpha: alpha), baseModel: nil,
      origin: AdapterOrigin(gguf: file))
  }

  /// Writes the adapter as a GGUF file in float32, reads it again, compares, and only then gives it its name.
  /// - Throws: `AdapterError` for one that such a file cannot say; `GGUFError`, `FileError`.
  package func writeGGUF(to target: URL, for model: Architecture) throws {
    let architecture = try GGUFArchitecture(model)
    try AtomicFile.write(to: target) { temporary in
      try writeUnproved(to: temporary, architecture, model)
    } prove: { temporary in
      let problems: [String]
      do {
        problems = try LoRAAdapter(temporary).differences(from: self, on: model).map { "read again it differs: \($0)" }
      } catch let error as AdapterError {
        problems = error.problems.map { "it could not be read again: \($0)" }
      }
      guard problems.isEmpty else {
        throw AdapterError(path: target.path, problems: problems.map { "was not written, for \($0)" })
      }
    }
  }

  /// The number that all scales are multiples of: a GGUF file has one alpha, and the scale of a factor is alpha / rank.
  /// In double precision: the scales themselves are rounded, for some ranks not back to one number.
  private func commonAlpha() throws -> Float {
    let alphas = Set(factors.values.map { configuration.plainAlpha(rank: $0.rank) })
    guard let alpha = alphas.first, alphas.count == 1 else {
      throw AdapterError(path: url.path, problems: ["has scales that no single alpha gives for its different ranks"])
    }
    guard Float(alpha).isNormal else {
      throw AdapterError(path: url.path, problems: ["its alpha \(alpha) is beyond the range of float32"])
    }
    return Float(alpha)
  }

  private func writeUnproved(to target: URL, _ architecture: GGUFArchitecture, _ model: Architecture) throws {
    guard configuration.placement == .beside else {
      throw AdapterError(
        path: url.path,
        problems: [
          "belongs inside the quantiser, where other programs cannot put it; merge it (`bitnet merge`) and export the "
            + "model"
        ])
    }
    let ordered = factors.values.sorted { $0.parameterName < $1.parameterName }
    var entries: [GGUFMetadata.Entry] = [
      .init(key: "general.architecture", value: .string(architecture.rawValue)),
      .init(key: "general.type", value: .string("adapter")), .init(key: "adapter.type", value: .string("lora")),
      .init(key: Self.alphaKey, value: .float32(try commonAlpha())),
    ]
    entries += origin?.ggufMetadata ?? []
    var sources: [String: (Factors, Bool)] = [:]
    var tensors: [GGUFWriter.Tensor] = []
    for factors in ordered {
      let name = Projection.ggufName(ofMatrix: factors.parameterName)
      let (a, b) = (name + GGUFAdapterTensors.suffixA, name + GGUFAdapterTensors.suffixB)
      tensors.append(.init(name: a, type: .float32, shape: [factors.rank, factors.inputs]))
      tensors.append(.init(name: b, type: .float32, shape: [factors.outputs, factors.rank]))
      (sources[a], sources[b]) = ((factors, true), (factors, false))
    }
    try GGUFWriter(metadata: GGUFMetadata(entries), tensors: tensors, for: target).write(to: target) { tensor, file in
      guard let (factors, isA) = sources[tensor.name] else { return }
      var values = try isA ? a(factors) : b(factors, on: model)
      if !isA, let parameter = model.parameter(named: factors.parameterName),
        let permutation = RotaryRowPermutation(writing: architecture.rotaryRowOrder, parameter, model)
      {
        values = permutation.apply(values)
      }
      try values.withUnsafeBytes { try file.write(Data($0)) }
    }
  }
}
