import Architectures
import Foundation
import Inference
import Kernels
import Tokenization

/// What opening a written folder and comparing it with its source found.
package struct HuggingFaceReport: Equatable, Sendable {
  package let parity: ParityReport
  /// Numbers that the type of the folder does not hold.
  package let valuesRounded: Int

  /// - Parameter computesInBlocks: the source is multiplied in blocks of 8 bits or in rounded ones, as it is stored;
  ///   logits then differ though all numbers are equal.
  func holds(computesInBlocks: Bool) -> Bool {
    parity.holds(isHeadRounded: valuesRounded > 0 || computesInBlocks)
  }
}

/// Compares a written folder with what it was made from: configuration, tokenizer, every number, and the logits on a probe.
struct HuggingFaceProof {
  let export: HuggingFaceExport
  /// The source's own; nil where the folder has none, or the same files.
  let tokenizer: (any Tokenizer)?
  let parity: ParityProof
  /// For messages.
  let output: String

  /// - Throws: `HuggingFaceParityError` for a folder that is another model; what opening it throws.
  func compare(_ folder: URL) throws -> HuggingFaceReport {
    let written = try ModelFolder(folder)
    try compareArchitecture(written.architecture)
    try compareTokenizer(folder)
    let report = HuggingFaceReport(
      parity: try parity.compare(export.source, model: { try RuntimeModel(export.source) }, packed: written),
      valuesRounded: try valuesRounded(written))
    guard report.holds(computesInBlocks: try computesInBlocks()) else {
      throw HuggingFaceParityError(output: output, difference: .numbers(report))
    }
    return report
  }

  private func compareArchitecture(_ written: Architecture) throws {
    var (before, after) = (export.source.architecture, written)
    // The class of 1bitLLM, which is only read, becomes the one that computes the same.
    (before.givenClassName, after.givenClassName) = (nil, nil)
    guard before == after else { throw HuggingFaceParityError(output: output, difference: .architecture) }
  }

  private func compareTokenizer(_ folder: URL) throws {
    guard let tokenizer else { return }
    guard try TokenizerFiles.open(folder: folder).fingerprint == tokenizer.fingerprint else {
      throw HuggingFaceParityError(output: output, difference: .tokenizer)
    }
  }

  // MARK: - Numbers that are no codes

  private func valuesRounded(_ written: ModelFolder) throws -> Int {
    try export.source.architecture.parameters.reduce(0) { total, parameter in
      guard try isCopied(parameter) else { return total }
      return try export.source.withStored(parameter) { before in
        try written.withStored(parameter) { after in
          let together = max(1, (1 << 20) / max(1, before.columns))
          return try stride(from: 0, to: before.rows, by: together).reduce(total) { total, first in
            let rows = first..<min(first + together, before.rows)
            return total + zip(try before.floats(rows), try after.floats(rows)).count { $0 != $1 }
          }
        }
      }
    }
  }

  /// Whether the numbers of a tensor are those of the source: all but codes, and masters that were made of codes.
  private func isCopied(_ parameter: ModelParameter) throws -> Bool {
    guard export.source.architecture.isQuantized(parameter) else { return true }
    return try !export.form.isPacked && export.source.codesAlone(parameter) == nil
  }

  private func computesInBlocks() throws -> Bool {
    try export.source.architecture.parameters.contains { parameter in
      guard try isCopied(parameter) else { return false }
      return try export.source.withStored(parameter) { stored in
        switch stored.encoding {
        case .blocks, .floats(.q8_0): true
        default: false
        }
      }
    }
  }
}

/// The written folder is not the model it was made from.
package struct HuggingFaceParityError: Error, CustomStringConvertible {
  enum Difference {
    case architecture
    case tokenizer
    case numbers(HuggingFaceReport)
  }

  let output: String
  let difference: Difference

  package var description: String {
    switch difference {
    case .architecture:
      "\(output): not written, for config.json reads back as another architecture. This is a defect, please report it."
    case .tokenizer:
      "\(output): not written, for tokenizer.json reads back as another tokenizer. --no-tokenizer writes the folder "
        + "without one."
    case .numbers(let report):
      "\(output): not written, for the folder differs from its source: \(report.parity.codesDifferent) codes, "
        + "\(report.parity.scalesDifferent) scales, \(report.valuesRounded) other numbers, logits by up to "
        + "\(report.parity.maximumLogitDifference), bits per byte \(report.parity.trainedBitsPerByte) before and "
        + "\(report.parity.packedBitsPerByte) after. Choose another --type (f32 and packed round no codes); --no-verify "
        + "writes the folder all the same."
    }
  }
}
