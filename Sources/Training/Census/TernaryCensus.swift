import Kernels

/// A model whose quantised weights can be counted.
public protocol TernaryCensusSource: AnyObject {
  /// Calls `body` for every quantised matrix, always in the same order.
  func forEachTernaryMatrix(_ body: (TernaryMatrixCodes) throws -> Void) rethrows
}

/// The quantised weights of one matrix.
public struct TernaryMatrixCodes {
  /// The name of the parameter.
  public let name: String
  /// What the matrix is for, e.g. `q_proj`; the same in every layer.
  public let kind: String
  /// −1, 0 or +1.
  public let codes: [Int8]
  /// The scale γ.
  public let scale: Float

  public init(name: String, kind: String, codes: [Int8], scale: Float) {
    self.name = name
    self.kind = kind
    self.codes = codes
    self.scale = scale
  }
}

/// Counts the zeros, the scales and the changes of the ternary codes of a model between two log lines.
public final class TernaryCensus {
  public struct Report: Equatable, Sendable {
    /// All matrices of one kind.
    public struct Kind: Equatable, Sendable {
      public let name: String
      /// Share of codes that are 0.
      public let zeroFraction: Double
      /// The mean scale γ over the layers.
      public let scale: Double

      package init(name: String, zeroFraction: Double, scale: Double) {
        self.name = name
        self.zeroFraction = zeroFraction
        self.scale = scale
      }
    }

    /// In the order of their first appearance.
    public let kinds: [Kind]
    /// Share of all codes that differ from those of the last report.
    public let flippedShare: Double

    package init(kinds: [Kind], flippedShare: Double) {
      self.kinds = kinds
      self.flippedShare = flippedShare
    }
  }

  fileprivate struct Tally {
    var zeros = 0
    var codes = 0
    var scaleSum = 0.0
    var matrices = 0
  }

  private let source: any TernaryCensusSource
  /// The codes at the last report, by matrix name; part of a checkpoint.
  package private(set) var lastCodes: [(name: String, codes: [Int8])] = []

  /// Takes the present codes as the ones to compare the first report with.
  public init(_ source: any TernaryCensusSource) {
    self.source = source
    source.forEachTernaryMatrix { lastCodes.append(($0.name, $0.codes)) }
  }

  /// Counts the present codes, which become the ones that the next report is compared with.
  public func report() -> Report? {
    guard !lastCodes.isEmpty else { return nil }
    var tallies: [(kind: String, tally: Tally)] = []
    var (position, flipped, total) = (0, 0, 0)
    source.forEachTernaryMatrix { matrix in
      let index = tallies.firstIndex { $0.kind == matrix.kind } ?? tallies.endIndex
      if index == tallies.endIndex { tallies.append((matrix.kind, Tally())) }
      flipped += exchange(matrix, at: position)
      total += matrix.codes.count
      tallies[index].tally.add(matrix)
      position += 1
    }
    return Report(
      kinds: tallies.map { $0.tally.summary(named: $0.kind) }, flippedShare: Double(flipped) / Double(total))
  }

  /// Stores the codes of a matrix and returns how many differ from the stored ones.
  private func exchange(_ matrix: TernaryMatrixCodes, at position: Int) -> Int {
    let last = lastCodes[position].codes
    require(last.count == matrix.codes.count, "\(matrix.name) has changed its shape")
    lastCodes[position].codes = matrix.codes
    var changed = 0
    for (old, new) in zip(last, matrix.codes) where old != new { changed += 1 }
    return changed
  }

  /// Replaces the codes of the last report by those of a checkpoint.
  package func restore(_ codes: [(name: String, codes: [Int8])]) {
    require(codes.map(\.name) == lastCodes.map(\.name), "census of another model")
    lastCodes = codes
  }
}

extension TernaryCensus.Tally {
  mutating func add(_ matrix: TernaryMatrixCodes) {
    for code in matrix.codes where code == 0 { zeros += 1 }
    codes += matrix.codes.count
    scaleSum += Double(matrix.scale)
    matrices += 1
  }

  func summary(named name: String) -> TernaryCensus.Report.Kind {
    .init(name: name, zeroFraction: Double(zeros) / Double(codes), scale: scaleSum / Double(matrices))
  }
}
