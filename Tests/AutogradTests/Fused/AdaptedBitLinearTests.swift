import Autograd
import Kernels
import Testing

/// A quantised layer with its adapter as one operation, against the operations it is made of.
@Suite struct AdaptedBitLinearTests {
  typealias Size = (rows: Int, inputs: Int, outputs: Int, rank: Int)
  static let sizes: [Size] = [(1, 4, 3, 1), (5, 33, 20, 3), (300, 96, 80, 8), (259, 40, 130, 32), (130, 70, 64, 40)]
  static let configuration = BitLinearConfiguration()

  enum Kind: CaseIterable { case beside, besideAfterDropout, inside }

  /// Random operands, among them W, what the result is multiplied with, and a residual.
  struct Operands {
    let x: Parameter, a: Parameter, b: Parameter, residual: Parameter
    let weight: Tensor, weights: Tensor
    let scale: Float = 1.5

    init(_ size: Size) {
      var random = RandomStream(seed: 3, purpose: .initialization)
      func tensor(_ shape: Shape) -> Tensor {
        Tensor((0..<shape.count).map { _ in 2 * random.nextUniform() - 1 }, shape: shape)
      }
      x = Parameter(tensor([size.rows, size.inputs]))
      (a, b) = (Parameter(tensor([size.rank, size.inputs])), Parameter(tensor([size.outputs, size.rank])))
      residual = Parameter(tensor([size.rows, size.outputs]))
      (weight, weights) = (tensor([size.outputs, size.inputs]), tensor([size.rows, size.outputs]))
    }

    /// What dropout left of x: another tensor, whose gradient goes elsewhere first.
    var dropped: Tensor { x.tensor * 0.5 }

    func fused(_ kind: Kind) -> Tensor {
      let merged = withoutGradients { lowRankSum(weight, a: a.value, b: b.value, scale: scale) }
      let placement: LowRankAdapter.Placement =
        switch kind {
        case .beside: .beside(input: x.tensor)
        case .besideAfterDropout: .beside(input: dropped)
        case .inside: .inside
        }
      return bitLinear(
        QuantizedActivations(x.tensor),
        quantized: QuantizedWeight(kind == .inside ? merged : weight, configuration: configuration),
        adapter: LowRankAdapter(a: a.tensor, b: b.tensor, scale: scale, placement: placement),
        residual: residual.tensor)
    }

    func composed(_ kind: Kind) -> Tensor {
      let merged = kind == .inside ? lowRankSum(weight, a: a.tensor, b: b.tensor, scale: scale) : weight
      let base = bitLinear(
        QuantizedActivations(x.tensor), weight: merged,
        quantized: QuantizedWeight(merged, configuration: configuration))
      guard kind != .inside else { return base + residual.tensor }
      let input = kind == .beside ? x.tensor : dropped
      return base + lowRankUpdate(input, a: a.tensor, b: b.tensor, scale: scale) + residual.tensor
    }

    /// Of x, A, B and the residual, of two passes, so that the second one adds to the first.
    func gradients(_ precision: BackwardPrecision, _ result: () -> Tensor) -> [[Float]] {
      BackwardPrecision.$current.withValue(precision) {
        for _ in 0..<2 { (result() * weights).sum().backward() }
        defer { for parameter in [x, a, b, residual] { parameter.gradient = nil } }
        return [x, a, b, residual].map { $0.gradient?.scalars ?? [] }
      }
    }
  }

  @Test(arguments: sizes, Kind.allCases) func resultHasTheBitsOfItsParts(_ size: Size, _ kind: Kind) {
    let operands = Operands(size)
    #expect(operands.fused(kind).scalars == operands.composed(kind).scalars)
  }

  @Test(arguments: sizes, Kind.allCases) func float32GradientsAreThoseOfItsParts(_ size: Size, _ kind: Kind) {
    let operands = Operands(size)
    let (fused, composed) = (
      operands.gradients(.float32) { operands.fused(kind) }, operands.gradients(.float32) { operands.composed(kind) }
    )
    for (name, pair) in zip(["x", "A", "B", "residual"], zip(fused, composed)) {
      #expect(Self.error(pair.0, pair.1) < 1e-6, "d\(name)")
    }
  }

  /// Each factor of a product is rounded to 8 bits of mantissa, by 2⁻⁹ of it at most.
  @Test(
    .enabled(if: BFloat16Product.isAvailable, "this processor has no bfloat16 products"),
    arguments: sizes, Kind.allCases)
  func bfloat16GradientsAreNearThem(_ size: Size, _ kind: Kind) {
    let operands = Operands(size)
    let (exact, rounded) = (
      operands.gradients(.float32) { operands.fused(kind) }, operands.gradients(.bfloat16) { operands.fused(kind) }
    )
    for (name, pair) in zip(["x", "A", "B"], zip(exact, rounded)) {
      let error = Self.error(pair.1, pair.0)
      #expect(error < 0.01 && error > 0, "d\(name): \(error)")
    }
    #expect(exact[3] == rounded[3], "the residual's gradient is not rounded")
  }

  @Test(.enabled(if: BFloat16Product.isAvailable, "this processor has no bfloat16 products"), arguments: Kind.allCases)
  func sameThreadsSameBits(_ kind: Kind) {
    let operands = Operands((300, 96, 80, 8))
    let runs = (0..<3).map { _ in
      ThreadPool.$current.withValue(ThreadPool(threadCount: 2)) {
        operands.gradients(.bfloat16) { operands.fused(kind) }
      }
    }
    #expect(runs[0] == runs[1] && runs[1] == runs[2])
  }

  @Test(arguments: Kind.allCases) func frozenInputsGetNoGradient(_ kind: Kind) {
    for precision in [BackwardPrecision.float32, .bfloat16] {
      let operands = Operands((5, 33, 20, 3))
      let all = operands.gradients(precision) { operands.fused(kind) }
      operands.x.isTrainable = false
      let gradients = operands.gradients(precision) { operands.fused(kind) }
      #expect(gradients[0].isEmpty && gradients[1] == all[1] && gradients[2] == all[2])
    }
  }

  /// Root mean square of the difference over that of `exact`.
  private static func error(_ values: [Float], _ exact: [Float]) -> Float {
    guard values.count == exact.count, !exact.isEmpty else { return .infinity }
    let difference = zip(values, exact).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    return (difference / exact.reduce(1e-30) { $0 + $1 * $1 }).squareRoot()
  }
}
