import Architectures
import Foundation
import Kernels
import Workflows

extension ModelInspection {
  /// For people: what it is, then one line per tensor, then the sums.
  var table: String {
    let kind = model == nil ? "tensors without a configuration" : architecture
    var lines = [path, "\(kind), \(parameters) parameters (\(CountFormat.short(parameters)))"]
    lines += model.map(summary) ?? []
    if let metadata { lines += [""] + metadata.entries.map { "\($0.key) = \($0.value.summary)" } }
    let columns = tensors.contains { $0.zero != nil } ? Self.header.count : 3
    lines += [""] + aligned(([Self.header] + tensors.map(row) + totals).map { Array($0.prefix(columns)) })
    let broken = tensors.filter { $0.nonFinite != nil }
    if !broken.isEmpty {
      lines += ["", "warning: NaN or infinite values in \(broken.map(\.name).joined(separator: ", "))"]
    }
    return lines.joined(separator: "\n")
  }

  private static let header = ["tensor", "shape", "type", "-1", "0", "+1", "scale"]

  private func summary(_ model: Architecture) -> [String] {
    let bits = model.bitLinear
    let numerics =
      bits.weightQuantization.quantizer.map {
        "\($0.codeKind) weights (\(bits.weightQuantization.rawValue), \(bits.scaleDataType.rawValue) scale), "
          + "int8 activations"
      } ?? "full precision"
    return [
      "\(model.hiddenLayerCount) layers, width \(model.hiddenSize), \(model.attentionHeadCount) heads "
        + "(\(model.keyValueHeadCount) for keys and values), feed-forward \(model.intermediateSize) "
        + "(\(model.hiddenActivation.rawValue))",
      "vocabulary \(model.vocabularySize) (\(model.tieWordEmbeddings ? "tied" : "separate") head), "
        + "\(model.maximumPositionEmbeddings) positions, rope_theta \(model.ropeTheta)",
      numerics,
    ]
  }

  private func row(_ tensor: Tensor) -> [String] {
    let shape = tensor.shape.isEmpty ? "scalar" : tensor.shape.map(String.init).joined(separator: " x ")
    let scale = tensor.gamma.map { String(format: "%.5g", Double($0)) } ?? ""
    return [tensor.name, shape, tensor.type] + shares(tensor.minus, tensor.zero, tensor.plus) + [scale]
  }

  /// The census of all quantised matrices together.
  private var totals: [[String]] {
    let quantized = tensors.filter { $0.zero != nil }
    guard quantized.count > 1 else { return [] }
    func sum(_ count: (Tensor) -> Int?) -> Int { quantized.reduce(0) { $0 + (count($1) ?? 0) } }
    let counts = shares(sum(\.minus), sum(\.zero), sum(\.plus))
    return [["all \(quantized.count) quantised matrices", "\(sum(\.elementCount))", ""] + counts + [""]]
  }

  private func shares(_ minus: Int?, _ zero: Int?, _ plus: Int?) -> [String] {
    guard let minus, let zero, let plus else { return ["", "", ""] }
    let total = Double(minus + zero + plus)
    return [minus, zero, plus].map { String(format: "%.1f%%", 100 * Double($0) / total) }
  }

  /// Columns of equal width: text to the left, numbers to the right.
  private func aligned(_ rows: [[String]]) -> [String] {
    let columns = rows.first?.indices ?? 0..<0
    let widths = columns.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = zip(row, widths).enumerated().map { column, cell in
        let (text, width) = cell
        let padding = String(repeating: " ", count: width - text.count)
        return column < 3 ? text + padding : padding + text
      }
      return cells.joined(separator: "  ").replacing(/[ ]+$/, with: "")
    }
  }
}
