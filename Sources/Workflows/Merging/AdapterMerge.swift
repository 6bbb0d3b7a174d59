import Architectures
import Autograd
import Datasets
import FileFormats
import Foundation
import Kernels
import Models
import Training

/// Merges an adapter into its model, measures what that changes, and writes the result.
package struct AdapterMerge {
  private let folder: ModelFolder
  private let adapter: LoRAAdapter
  private let probe: MergeProbe

  package init(folder: ModelFolder, adapter: LoRAAdapter, probe: MergeProbe) {
    self.folder = folder
    self.adapter = adapter
    self.probe = probe
  }

  package struct Report: Encodable {
    package let placement: String
    /// Ternary codes of the merged model that differ from those of the model without adapter.
    package let codesChanged: Int
    package let codes: Int
    /// Nats per token.
    package let lossWithoutAdapter: Double
    package let lossWithAdapter: Double
    package let lossMerged: Double
    /// Between the model with its adapter and the merged one.
    package let maxLogitDifference: Float
    package let measuredOn: String
    /// Nil where the adapter's run had no questions.
    package var answers: MergeAnswers?
  }

  /// - Throws: `MergeError`: an adapter inside the quantiser that changes a code, a scale or a logit, or a merged model
  ///   whose loss is no number; `FileError`.
  package func run(into target: URL) throws -> Report {
    let files = try files()
    let model = try Decoder(folder)
    let (plain, plainMatrices) = (try probe.measure(model), Self.matrices(model))
    try model.addAdapters(adapter)
    let (adapted, adaptedMatrices) = (try probe.measure(model), Self.matrices(model))
    model.mergeAdapters()
    let (merged, mergedMatrices) = (try probe.measure(model), Self.matrices(model))
    guard merged.loss.mean.isFinite else { throw MergeError.notFinite(path: adapter.url.path) }
    let difference = Self.largestDifference(adapted.logits, merged.logits)
    if adapter.configuration.placement == .inside {
      let codes = Self.differences(adaptedMatrices, mergedMatrices)
      // Equal matrices prove it for every input, the logits that nothing else has changed. In full precision there are
      // the logits alone.
      guard codes == 0, Self.scales(adaptedMatrices) == Self.scales(mergedMatrices), difference == 0 else {
        throw MergeError.notExact(path: adapter.url.path, codes: codes, difference: difference)
      }
    }
    try model.save(to: target, files: files)
    return Report(
      placement: adapter.configuration.placement.rawValue,
      codesChanged: Self.differences(plainMatrices, mergedMatrices),
      codes: plainMatrices.reduce(0) { $0 + $1.rows * $1.columns },
      lossWithoutAdapter: plain.loss.mean, lossWithAdapter: adapted.loss.mean, lossMerged: merged.loss.mean,
      maxLogitDifference: difference, measuredOn: probe.name)
  }

  private static func differences(_ left: [TernaryMatrix], _ right: [TernaryMatrix]) -> Int {
    require(left.count == right.count, "\(left.count) matrices before merging, \(right.count) after it")
    return zip(left, right).reduce(0) { $0 + $1.0.differences(from: $1.1) }
  }

  private static func scales(_ matrices: [TernaryMatrix]) -> [Float] { matrices.map(\.gamma) }

  /// Infinite when there is nothing to compare or a logit is not a number.
  private static func largestDifference(_ left: [Float], _ right: [Float]) -> Float {
    guard left.count == right.count, !left.isEmpty else { return .infinity }
    return zip(left, right).reduce(0) { largest, pair in
      let difference = abs(pair.0 - pair.1)
      return difference.isNaN ? .infinity : max(largest, difference)
    }
  }

  private static func matrices(_ model: Decoder) -> [TernaryMatrix] {
    var all: [TernaryMatrix] = []
    model.forEachLinearLayer { _, layer in
      if let matrix = layer.quantization?.matrix { all.append(matrix) }
    }
    return all
  }

  /// What belongs to the model besides its weights; the adapter's tokenizer, where it has one, knows its template.
  private func files() throws -> [String: Data] {
    var files: [String: Data] = [:]
    let isFolder = FileSystem.isDirectory(adapter.url)
    for source in [folder.url] + (isFolder ? [adapter.url] : []) {
      for url in try FileSystem.contents(of: source) {
        let name = url.lastPathComponent
        let isWanted =
          [
            "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json",
            "special_tokens_map.json", "chat_template.jinja",
          ].contains(name)
        if isWanted { files[name] = try MappedFile(url, allowsEmpty: true).withBytes { Data($0) } }
      }
    }
    return files
  }
}

extension Decoder {
  /// The logits of a batch, [batch · length, vocabulary].
  func logitScalars(_ batch: TrainingBatch) -> [Float] {
    withoutGradients {
      logits(tokens: batch.inputs, length: batch.sequenceLength, documentStarts: batch.documentStarts).scalars
    }
  }
}

/// Why there is no merged model.
package enum MergeError: Error, CustomStringConvertible {
  case noMasters(path: String)
  /// - Parameter codes: how many differ.
  case notExact(path: String, codes: Int, difference: Float)
  case notFinite(path: String)

  package var description: String {
    switch self {
    case .noMasters(let path):
      "\(path): holds packed codes; an adapter is merged into full-precision masters. Name the checkpoint that the file "
        + "was exported from."
    case .notExact(let path, let codes, let difference):
      "\(path): an adapter inside the quantiser must merge exactly, but \(codes) codes differ, and logits by up to "
        + "\(difference). Nothing was written; this is a defect, please report it."
    case .notFinite(let path):
      "\(path): the loss of the merged model is NaN or infinite; nothing was written. Does the model work with the "
        + "adapter beside it? `bitnet eval MODEL --adapter …` tells."
    }
  }
}
