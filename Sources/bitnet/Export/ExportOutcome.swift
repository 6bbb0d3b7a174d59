import Architectures
import Export
import FileFormats
import Foundation

/// What an export made and what was proved about it.
struct ExportOutcome {
  let output: String
  let file: GGUFFile
  let export: GGUFExport
  let parity: ParityReport?

  struct Report: Encodable {
    let output: String
    let architecture: String
    let type: String
    let headType: String
    let fileBytes: Int
    let bitsPerWeight: Double
    let verified: Bool
    let codesDifferent: Int?
    let maxLogitDifference: Float?
    let bitsPerByteTrained: Double?
    let bitsPerBytePacked: Double?
    let probeTokens: Int?
    let programs: [String]
  }

  private var configuration: Architecture { export.source.architecture }

  var report: Report {
    Report(
      output: output, architecture: export.architecture.rawValue, type: export.type.name,
      headType: export.headType.name, fileBytes: file.byteCount, bitsPerWeight: bitsPerWeight,
      verified: parity != nil, codesDifferent: parity?.codesDifferent,
      maxLogitDifference: parity?.maximumLogitDifference, bitsPerByteTrained: parity?.trainedBitsPerByte,
      bitsPerBytePacked: parity?.packedBitsPerByte, probeTokens: parity?.tokens, programs: programs)
  }

  /// Of the matrices of the layers, scales included.
  private var bitsPerWeight: Double {
    let matrices = configuration.parameters.filter { $0.projection != nil }
    let bytes = matrices.reduce(0) { total, parameter in
      total + [parameter.ggufName, parameter.ggufScaleName].reduce(0) { $0 + (file[$1]?.byteRange.count ?? 0) }
    }
    return 8 * Double(bytes) / Double(matrices.reduce(0) { $0 + $1.elementCount })
  }

  private var programs: [String] {
    ProgramNotes(
      architecture: export.architecture, type: export.type, configuration: configuration
    ).lines
  }

  var text: String {
    var lines: [String] = []
    if let parity {
      lines += [
        "codes different       \(parity.codesDifferent)",
        "max logit difference  \(parity.maximumLogitDifference)",
        "bits per byte         \(parity.trainedBitsPerByte) trained, \(parity.packedBitsPerByte) packed, "
          + "on \(parity.tokens) tokens",
      ]
      if parity.maximumLogitDifference > 0 {
        lines.append("                      (\(export.headType.name) rounds the embedding; bf16 or f32 do not)")
      }
    } else {
      lines.append("not verified          (--no-verify)")
    }
    let weights = String(format: "%.4f", bitsPerWeight)
    lines += [
      "size                  \(file.byteCount) bytes (\(CountFormat.bytes(file.byteCount)))",
      "bits per weight       \(weights) in the matrices (\(export.type.name)), embedding \(export.headType.name)",
      "file                  \(output), architecture \(export.architecture.rawValue)", "",
    ]
    return (lines + programs).joined(separator: "\n")
  }
}
