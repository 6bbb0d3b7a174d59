import Architectures
import Autograd
import Export
import FileFormats
import Foundation
import Kernels
import Models

/// Writes a full-precision model as a BitNet with the same masters, to be trained on: linear layers of the blocks are quantised,
/// and norms stand before them where there are to be such.
///
/// A new norm gets the gain that changes its input little (``LinearInputs``), measured on a text with the original.
package struct ModelConversion {
  private let model: StoredModel
  private let subNorms: Architecture.SubNorms
  private let windows: ConversionWindows

  /// - Parameters:
  ///   - subNorms: nil: none more than the model has.
  ///   - probe: windows of a text: the even ones to measure gains on, the odd ones to compare on.
  /// - Throws: `ConversionError`.
  package init(
    _ model: StoredModel, subNorms asked: Architecture.SubNorms?, probe: [(inputs: [Int32], targets: [Int32])]
  ) throws {
    let path = model.url.path
    guard !model.architecture.bitLinear.weightQuantization.isQuantizing else {
      throw ConversionError.isQuantized(path: path)
    }
    let own = model.architecture.subNorms
    if let asked, asked != own, own != .none { throw ConversionError.hasSubNorms(path: path, own: own) }
    windows = try ConversionWindows(probe, path: path)
    (self.model, subNorms) = (model, asked ?? own)
  }

  /// The architecture of the result.
  private func architecture(_ quantization: WeightQuantization) -> Architecture {
    var architecture = model.architecture
    architecture.subNorms = subNorms
    architecture.bitLinear = BitLinearConfiguration(weightQuantization: quantization)
    architecture.fullPrecisionModules = []
    return architecture
  }

  /// - Throws: `ConversionError`, `FileError`; what reading the model throws.
  package func run(into target: URL) throws -> ConversionReport {
    try model.weights.requireFinite()
    let byteCount = try HuggingFaceExport(source: model.weights, .asStored).byteCount
    // The numbers themselves, a quarter of them as codes, and what is computed.
    let needed = byteCount + byteCount / 2
    guard needed <= MemoryLimit.bytes else {
      throw ConversionError.tooLarge(path: model.url.path, neededBytes: needed, availableBytes: MemoryLimit.bytes)
    }
    let original = try Decoder(model.weights)
    let gains = subNorms == model.architecture.subNorms ? [:] : gains(original)
    let converted = ExtendedWeights(model.weights, as: architecture(.absmean), gains: gains)
    let companions = try ModelCompanions(of: model)
    let export = try HuggingFaceExport(source: converted, .asStored)
    let comparison = windows.compare(original, original.extended(to: architecture(.none), gains: gains))
    let lossQuantized = windows.loss(original.extended(to: converted.architecture, gains: gains))
    guard comparison.before.isFinite else { throw ConversionError.notFinite(path: model.url.path, "the model") }
    guard comparison.after.isFinite else {
      throw ConversionError.notFinite(path: model.url.path, "it with the new norms")
    }
    guard lossQuantized.isFinite else {
      throw ConversionError.notFinite(path: model.url.path, "it with ternary weights")
    }
    let folder = try AtomicDirectory(target: target, expectedBytes: export.byteCount)
    for (name, contents) in companions.files.sorted(by: { $0.key < $1.key }) { try folder.write(contents, to: name) }
    try export.write(to: folder)
    try folder.commit()
    return ConversionReport(
      output: target.path, architecture: converted.architecture, subNorms: subNorms, addedNorms: gains.count,
      gainTokens: windows.gainTokenCount, comparedTokens: windows.comparedTokenCount, comparison: comparison,
      lossQuantized: lossQuantized)
  }

  private func gains(_ original: Decoder) -> [String: [Float]] {
    let inputs = original.linearInputs(windows.forGains.map(\.inputs))
    var gains: [String: [Float]] = [:]
    for parameter in architecture(.none).parameters {
      guard let layer = parameter.layer, let projection = parameter.role.projectionBehind(subNorms) else { continue }
      guard let measured = inputs["model.layers.\(layer).\(projection.module)"] else {
        preconditionFailure("\(projection) of layer \(layer) was not measured")
      }
      // An estimate needs no more digits than the numbers of the model have, which else would all be stored with more.
      let gain = BFloat16(measured.preservingGain).floatValue
      gains[parameter.name] = [Float](repeating: gain, count: parameter.elementCount)
    }
    return gains
  }
}

extension ModelParameter.Role {
  /// The projection whose input a norm of `subNorms` is; nil for all else.
  fileprivate func projectionBehind(_ subNorms: Architecture.SubNorms) -> Projection? {
    switch (subNorms, self) {
    case (.bitnet, .attentionSubNorm): .output
    case (.bitnet, .feedForwardSubNorm): .down
    case (.projection, .projectionNorm(let projection)): projection
    default: nil
    }
  }
}

/// Why a model is not converted.
package enum ConversionError: Error, Equatable, CustomStringConvertible {
  case isQuantized(path: String)
  case hasSubNorms(path: String, own: Architecture.SubNorms)
  case noText(path: String)
  /// - Parameter what: has no loss that is a number.
  case notFinite(path: String, _ what: String)
  case tooLarge(path: String, neededBytes: Int, availableBytes: Int)

  package var description: String {
    switch self {
    case .isQuantized(let path):
      "\(path): is a BitNet already: its linear layers multiply by codes. Train on from it: model.from in a recipe."
    case .hasSubNorms(let path, let own):
      "\(path): has the norms \"\(own.rawValue)\" already; other ones cannot take their place. Leave --sub-norms out."
    case .noText(let path):
      "\(path): there is no text of at least two tokens to compare on. Name a longer one with --data."
    case .notFinite(let path, let what):
      "\(path): the loss of \(what) is NaN or infinite; nothing was written. `bitnet eval` tells whether the model works; gains "
        + "of norms are better measured on a longer text (--data)."
    case .tooLarge(let path, let needed, let available):
      "\(path): takes about \(needed >> 20) MiB of memory to convert, and there are \(available >> 20). Convert it on a larger "
        + "machine; what is made of it runs in a tenth."
    }
  }
}
