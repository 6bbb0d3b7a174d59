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
  /// The block that it belongs to, from 0.
  public let layer: Int
  /// −1, 0 or +1.
  public let codes: [Int8]
  /// The scale γ.
  public let scale: Float

  public init(name: String, kind: String, layer: Int = 0, codes: [Int8], scale: Float) {
    self.name = name
    self.kind = kind
    self.layer = layer
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

    /// Shares of the codes of one block, or of the whole model.
    public struct Shares: Equatable, Sendable {
      public let minus: Double
      public let zero: Double
      public let plus: Double
      /// That differ from those of the last report.
      public let flipped: Double

      package init(minus: Double, zero: Double, plus: Double, flipped: Double) {
        (self.minus, self.zero, self.plus, self.flipped) = (minus, zero, plus, flipped)
      }
    }

    /// In the order of their first appearance.
    public let kinds: [Kind]
    public let whole: Shares
    /// By block.
    public let layers: [Shares]
    /// Steps since the last report.
    public let steps: Int

    package init(kinds: [Kind], whole: Shares, layers: [Shares], steps: Int) {
      (self.kinds, self.whole, self.layers, self.steps) = (kinds, whole, layers, steps)
    }

    /// Share of all codes that differ from those of the last report.
    public var flippedShare: Double { whole.flipped }

    /// The same for a thousand steps at this rate, which does not depend on how often a run logs.
    public var flippedPer1000Steps: Double { whole.flipped * 1000 / Double(max(1, steps)) }
  }

  /// Codes by value, and how many are new.
  fileprivate struct Tally {
    var minus = 0
    var zeros = 0
    var plus = 0
    var flipped = 0
    var scaleSum = 0.0
    var matrices = 0

    var codes: Int { minus + zeros + plus }
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
  /// - Parameter steps: since the last report.
  public func report(steps: Int) -> Report? {
    guard !lastCodes.isEmpty else { return nil }
    var kinds: [(name: String, tally: Tally)] = []
    var (whole, layers, position) = (Tally(), [Tally](), 0)
    source.forEachTernaryMatrix { matrix in
      let tally = Tally(matrix, flipped: exchange(matrix, at: position))
      let index = kinds.firstIndex { $0.name == matrix.kind } ?? kinds.endIndex
      if index == kinds.endIndex { kinds.append((matrix.kind, Tally())) }
      kinds[index].tally += tally
      while layers.count <= matrix.layer { layers.append(Tally()) }
      layers[matrix.layer] += tally
      whole += tally
      position += 1
    }
    return Report(
      kinds: kinds.map { $0.tally.summary(named: $0.name) }, whole: whole.shares, layers: layers.map(\.shares),
      steps: steps)
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
  fileprivate init(_ matrix: TernaryMatrixCodes, flipped: Int) {
    for code in matrix.codes {
      if code == 0 { zeros += 1 } else if code > 0 { plus += 1 } else { minus += 1 }
    }
    (self.flipped, scaleSum, matrices) = (flipped, Double(matrix.scale), 1)
  }

  fileprivate static func += (left: inout Self, right: Self) {
    left.minus += right.minus
    left.zeros += right.zeros
    left.plus += right.plus
    left.flipped += right.flipped
    left.scaleSum += right.scaleSum
    left.matrices += right.matrices
  }

  fileprivate var shares: TernaryCensus.Report.Shares {
    let total = Double(max(1, codes))
    return .init(
      minus: Double(minus) / total, zero: Double(zeros) / total, plus: Double(plus) / total,
      flipped: Double(flipped) / total)
  }

  fileprivate func summary(named name: String) -> TernaryCensus.Report.Kind {
    .init(name: name, zeroFraction: Double(zeros) / Double(codes), scale: scaleSum / Double(matrices))
  }
}
