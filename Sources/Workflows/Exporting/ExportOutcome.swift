import Architectures
import Export
import FileFormats
import Foundation

/// What an export made and what was proved about it.
package struct ExportOutcome {
  package let output: String
  package let file: GGUFFile
  package let export: GGUFExport
  package let parity: ParityReport?

  package struct Report: Encodable {
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

  package var report: Report {
    Report(
      output: output, architecture: export.architecture.rawValue, type: export.type.name,
      headType: export.headType.name, fileBytes: file.byteCount, bitsPerWeight: bitsPerWeight,
      verified: parity != nil, codesDifferent: parity?.codesDifferent,
      maxLogitDifference: parity?.maximumLogitDifference, bitsPerByteTrained: parity?.trainedBitsPerByte,
      bitsPerBytePacked: parity?.packedBitsPerByte, probeTokens: parity?.tokens, programs: programs)
  }

  /// Of the matrices of the layers, scales included.
  package var bitsPerWeight: Double {
    let matrices = configuration.parameters.filter { $0.projection != nil }
    let bytes = matrices.reduce(0) { total, parameter in
      total + [parameter.ggufName, parameter.ggufScaleName].reduce(0) { $0 + (file[$1]?.byteRange.count ?? 0) }
    }
    return 8 * Double(bytes) / Double(matrices.reduce(0) { $0 + $1.elementCount })
  }

  package var programs: [String] {
    ProgramNotes(
      architecture: export.architecture, type: export.type, configuration: configuration
    ).lines
  }
}
