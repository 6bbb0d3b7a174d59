/// Low-rank adapters (LoRA, arXiv 2106.09685) on the linear layers of a frozen model.
public struct LoRAConfiguration: Equatable, Sendable {
  public typealias Target = Projection

  /// Where the adapter meets the quantised weight.
  public enum Placement: String, CaseIterable, Sendable {
    /// y = BitLinear(x; W) + s·B(A·x) with unquantised x, as PEFT and llama.cpp compute it. Ships as an adapter;
    /// merging into W is lossy.
    case beside
    /// y = BitLinear(x; W + s·BA): the sum is quantised, straight-through. Merging is exact.
    case inside
  }

  /// Inner dimension of the adapters.
  public var rank: Int
  public var alpha: Double
  /// Share of the adapters' inputs that is dropped in training; 0 for `inside`, whose adapters have no input of their
  /// own.
  public var dropout: Double
  /// In the order of `Target.allCases`.
  public var targets: [Target]
  /// Scales by α/√r instead of α/r (rsLoRA, arXiv 2312.03732).
  public var usesRankStabilization: Bool
  public var placement: Placement

  public init(
    rank: Int = 16, alpha: Double = 32, dropout: Double = 0, targets: [Target] = Target.allCases,
    usesRankStabilization: Bool = false, placement: Placement = .beside
  ) {
    self.rank = rank
    self.alpha = alpha
    self.dropout = dropout
    self.targets = Target.allCases.filter(targets.contains)
    self.usesRankStabilization = usesRankStabilization
    self.placement = placement
  }

  /// What the product BA is multiplied by.
  public var scale: Double { scale(rank: rank) }

  /// The same for an adapter of another rank than the others.
  package func scale(rank: Int) -> Double {
    alpha / (usesRankStabilization ? Double(rank).squareRoot() : Double(rank))
  }

  /// The alpha that has the same scale for a rank without rank stabilisation.
  func plainAlpha(rank: Int) -> Double { usesRankStabilization ? alpha * Double(rank).squareRoot() : alpha }
}
