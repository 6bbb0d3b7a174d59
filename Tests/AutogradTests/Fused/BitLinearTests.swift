import Autograd
import Kernels
import Testing

@Suite struct BitLinearTests {
  /// What the layer computes, spelled out: float32 decides every rounding, doubles add up.
  struct FakeQuantization {
    /// code·γ and q/s, row-major.
    let weight: [Double]
    let input: [Double]

    init(weight w: [Float], input x: [Float], width: Int, _ configuration: BitLinearConfiguration) {
      let meanMagnitude = w.reduce(0.0) { $0 + Double(abs($1)) } / Double(w.count)
      var gamma = max(Float(meanMagnitude), 1e-5)
      if configuration.scaleDataType == .float16 { gamma = Float16Conversion.roundedToFloat16(gamma) }
      let mean = Float(w.reduce(0.0) { $0 + Double($1) } / Double(w.count))
      weight = w.map { value in
        let code =
          configuration.weightQuantization == .sign
          ? (value > mean ? 1 : -1) : min(max((value / gamma).rounded(.toNearestOrEven), -1), 1)
        return Double(code) * Double(gamma)
      }
      input = stride(from: 0, to: x.count, by: width).flatMap { start in
        let row = x[start..<start + width]
        let scale = 127 / row.reduce(1e-5) { max($0, abs($1)) }
        return row.map { Double(min(max(($0 * scale).rounded(.toNearestOrEven), -128), 127)) / Double(scale) }
      }
    }
  }

  static func uniform(_ count: Int, seed: UInt64, magnitude: Float = 1) -> [Float] {
    var random = RandomStream(seed: seed, purpose: .initialization)
    return (0..<count).map { _ in (random.nextUniform() * 2 - 1) * magnitude }
  }

  /// a·b of [m, k] and [k, n], with the magnitude of the terms of each sum.
  static func product(
    _ m: Int, _ n: Int, _ k: Int, _ a: (Int, Int) -> Double, _ b: (Int, Int) -> Double
  ) -> [(value: Double, magnitude: Double)] {
    (0..<m * n).map { index in
      let terms = (0..<k).map { a(index / n, $0) * b($0, index % n) }
      return (terms.reduce(0, +), terms.reduce(0) { $0 + abs($1) })
    }
  }

  static func expectEqual(
    _ got: [Float]?, _ expected: [(value: Double, magnitude: Double)], tolerance: Double = 2e-6, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(got?.count == expected.count, "\(what)", sourceLocation: sourceLocation)
    let isRight = zip(got ?? [], expected).allSatisfy { abs(Double($0) - $1.value) <= tolerance * $1.magnitude }
    #expect(isRight, "\(what)", sourceLocation: sourceLocation)
  }

  static let configurations = [
    BitLinearConfiguration(), .init(scaleDataType: .float32), .init(weightQuantization: .sign),
  ]

  @Test(arguments: configurations.indices, OperandLayout.allCases)
  func agreesWithFakeQuantisation(_ index: Int, _ layout: OperandLayout) {
    let configuration = Self.configurations[index]
    let layouts = OperandLayout.allCases
    for (rows, width, outputs) in [(1, 1, 1), (3, 5, 4), (7, 18, 17), (13, 67, 33)] {
      let x = Operand(shape: [rows, width], values: Self.uniform(rows * width, seed: 1), layout: layout)
      let other = layouts[(layouts.firstIndex(of: layout)! + 1) % layouts.count]
      let w = Operand(
        shape: [outputs, width], values: Self.uniform(outputs * width, seed: 2, magnitude: 0.05), layout: other)
      let fake = FakeQuantization(weight: w.values, input: x.values, width: width, configuration)
      let y = bitLinear(
        QuantizedActivations(x.tensor), weight: w.tensor,
        quantized: QuantizedWeight(w.tensor, configuration: configuration))
      let what = "\(rows) × \(width) × \(outputs)"
      Self.expectEqual(
        y.scalars,
        Self.product(rows, outputs, width, { fake.input[$0 * width + $1] }, { fake.weight[$1 * width + $0] }),
        "forward, \(what)")

      let dy = Self.uniform(rows * outputs, seed: 3)
      y.backward(Tensor(dy, shape: [rows, outputs]))
      Self.expectEqual(
        x.gradient,
        Self.product(rows, width, outputs, { Double(dy[$0 * outputs + $1]) }, { fake.weight[$0 * width + $1] }),
        "dx, \(what)")
      Self.expectEqual(
        w.gradient,
        Self.product(outputs, width, rows, { Double(dy[$1 * outputs + $0]) }, { fake.input[$0 * width + $1] }),
        "dw, \(what)")
      #expect(x.gradientIsZeroOutside && w.gradientIsZeroOutside)
    }
  }

  /// Codes are exact in bfloat16: what is lost is the rounding of dY·γ on its way to the input and of dY / s on its way
  /// to the weight.
  @Test func backwardInBFloat16RoundsTheScaledOutputGradientOnly() {
    let (rows, width, outputs) = (37, 67, 33)
    let x = Parameter(Tensor(Self.uniform(rows * width, seed: 1), shape: [rows, width]))
    let w = Self.weight(outputs, width, seed: 2)
    let dy = Self.uniform(rows * outputs, seed: 3).map { BFloat16($0).floatValue }
    let fake = FakeQuantization(weight: w.value.scalars, input: x.value.scalars, width: width, .init())
    BackwardPrecision.$current.withValue(.bfloat16) {
      let quantized = QuantizedWeight(w.tensor, configuration: .init())
      bitLinear(QuantizedActivations(x.tensor), weight: w.tensor, quantized: quantized)
        .backward(Tensor(dy, shape: [rows, outputs]))
    }
    let dx = Self.product(rows, width, outputs, { Double(dy[$0 * outputs + $1]) }, { fake.weight[$0 * width + $1] })
    let dw = Self.product(outputs, width, rows, { Double(dy[$1 * outputs + $0]) }, { fake.input[$0 * width + $1] })
    let rounding = 0x1p-9 + 2e-6
    Self.expectEqual(x.gradient?.scalars, dx, tolerance: rounding, "dx")
    Self.expectEqual(w.gradient?.scalars, dw, tolerance: rounding, "dw")
  }

  @Test func leadingAxesAreRows() {
    let (x, w) = (Tensor(Self.uniform(2 * 3 * 5, seed: 1), shape: [2, 3, 5]), Self.weight(4, 5, seed: 2))
    let quantized = QuantizedWeight(w.tensor, configuration: .init())
    let y = bitLinear(QuantizedActivations(x), weight: w.tensor, quantized: quantized)
    let flat = bitLinear(QuantizedActivations(x.reshaped(to: [6, 5])), weight: w.tensor, quantized: quantized)
    #expect(y.shape == [2, 3, 4] && y.scalars == flat.scalars)
  }

  static func weight(_ outputs: Int, _ width: Int, seed: UInt64) -> Parameter {
    Parameter(Tensor(uniform(outputs * width, seed: seed, magnitude: 0.05), shape: [outputs, width]))
  }

  /// Queries, keys and values quantise their common input once; its gradient is the sum of theirs.
  @Test func layersSharingActivationsAddTheirGradients() {
    let (rows, width) = (5, 19)
    let values = Tensor(Self.uniform(rows * width, seed: 1), shape: [rows, width])
    let weights = [(8, UInt64(2)), (3, 3), (17, 4)].map { Self.weight($0.0, width, seed: $0.1) }
    let slopes = weights.map { Tensor(Self.uniform(rows * $0.shape[0], seed: 5), shape: [rows, $0.shape[0]]) }
    func output(_ activations: QuantizedActivations, _ w: Parameter) -> Tensor {
      bitLinear(activations, weight: w.tensor, quantized: QuantizedWeight(w.tensor, configuration: .init()))
    }

    let shared = Parameter(values)
    let activations = QuantizedActivations(shared.tensor)
    // The input is also used unquantised, as by a residual connection.
    var loss = shared.tensor.sum()
    for (w, slope) in zip(weights, slopes) { loss = loss + (output(activations, w) * slope).sum() }
    loss.backward()

    var expected = [Float](repeating: 1, count: rows * width)
    for (w, slope) in zip(weights, slopes) {
      let alone = Parameter(values)
      let before = w.gradient!.scalars
      w.gradient = nil
      output(QuantizedActivations(alone.tensor), w).backward(slope)
      for (index, value) in alone.gradient!.scalars.enumerated() { expected[index] += value }
      #expect(w.gradient!.scalars == before)
    }
    let isSum = zip(shared.gradient!.scalars, expected).allSatisfy { abs($0 - $1) <= 1e-6 * (1 + abs($1)) }
    #expect(isSum)
  }

  @Test func gradientsFlowOnlyWhereTheyAreWanted() {
    let (x, w) = (Parameter(.ones([2, 5])), Self.weight(3, 5, seed: 1))
    let quantized = QuantizedWeight(w.tensor, configuration: .init())
    bitLinear(QuantizedActivations(x.tensor.detached), weight: w.tensor, quantized: quantized).sum().backward()
    #expect(x.gradient == nil && w.gradient != nil)
    w.gradient = nil
    w.isTrainable = false
    bitLinear(QuantizedActivations(x.tensor), weight: w.tensor, quantized: quantized).sum().backward()
    #expect(x.gradient != nil && w.gradient == nil)
    let silent = withoutGradients { bitLinear(QuantizedActivations(x.tensor), weight: w.tensor, quantized: quantized) }
    #expect(!silent.requiresGradient)
  }

  /// Straight-through gradients and plain SGD find the codes of a ternary teacher.
  @Test func gradientDescentReducesALoss() {
    let (rows, width, outputs, rate) = (64, 24, 8, Float(0.02))
    let x = Tensor(Self.uniform(rows * width, seed: 1), shape: [rows, width])
    let teacher = Self.weight(outputs, width, seed: 2)
    let target = bitLinear(
      QuantizedActivations(x), weight: teacher.value, quantized: QuantizedWeight(teacher.value, configuration: .init()))
    let student = Self.weight(outputs, width, seed: 3)
    var losses: [Float] = []
    for _ in 0..<60 {
      let y = bitLinear(
        QuantizedActivations(x), weight: student.tensor,
        quantized: QuantizedWeight(student.tensor, configuration: .init()))
      let difference = y - target
      let loss = (difference * difference).sum() * (1 / Float(rows))
      losses.append(loss.item)
      loss.backward()
      student.update { value in
        for index in 0..<value.shape.count { value.floats[index] -= rate * student.gradient!.floats[index] }
      }
      student.gradient = nil
    }
    #expect(losses[59] < losses[0] / 3, "\(losses)")
  }
}
