import Autograd
import Kernels
import Testing

/// Tensors with a zero extent go through every operation, forward and backward; tensors without values through none.
@Suite struct EmptyTensorTests {
  /// Gradients of the shapes of their operands, zeros where there are elements.
  private func check(
    _ shapes: [Shape], expecting result: Shape, sourceLocation: SourceLocation = #_sourceLocation,
    _ operation: ([Tensor]) -> Tensor
  ) {
    for precision in [BackwardPrecision.float32, .bfloat16] {
      BackwardPrecision.$current.withValue(precision) {
        let parameters = shapes.map { Parameter(.ones($0)) }
        let output = operation(parameters.map(\.tensor))
        #expect(output.shape == result, sourceLocation: sourceLocation)
        #expect(output.scalars.allSatisfy { $0 == 0 }, sourceLocation: sourceLocation)
        output.backward(.ones(output.shape))
        for parameter in parameters {
          #expect(parameter.gradient?.shape == parameter.shape, sourceLocation: sourceLocation)
          #expect(parameter.gradient?.scalars.allSatisfy { $0 == 0 } == true, sourceLocation: sourceLocation)
        }
      }
    }
  }

  @Test(arguments: [[0], [0, 3], [3, 0], [2, 0, 3], [0, 0]]) func elementwise(_ extents: [Int]) {
    let shape = Shape(extents)
    let functions: [(Tensor) -> Tensor] = [
      { $0.absoluteValue() }, { $0.clamped(to: 0...1) }, { $0.exp() }, { $0.log() }, { $0.logSigmoid() }, { $0.relu() },
      { $0.sigmoid() }, { $0.silu() }, { $0.squaredReLU() }, { $0.squareRoot() }, { $0.tanh() }, { $0.power(3) },
      { -$0 }, { $0 + 1 }, { 2 * $0 }, { 1 / $0 }, { $0.softmax() }, { $0.logSoftmax() }, { $0.softmax(axis: 0) },
      { $0.bfloat16.float32 }, { $0.reshaped(to: [0]).reshaped(to: shape) }, { $0.transposed(0, -1).transposed(0, -1) },
      { $0.replacing(with: 3, where: .ones(shape)) },
    ]
    for function in functions { check([shape], expecting: shape) { function($0[0]) } }
    for function in [(+), (-), (*), (/), { $0.power($1) }] as [(Tensor, Tensor) -> Tensor] {
      check([shape, shape], expecting: shape) { function($0[0], $0[1]) }
      check([shape, [1]], expecting: shape) { function($0[0], $0[1]) }
    }
    var stream = RandomStream(seed: 1, purpose: .dropout)
    check([shape], expecting: shape) { $0[0].dropout(probability: 0.5, using: &stream) }
    for activation in Activation.allCases {
      check([shape, shape], expecting: shape) { gated($0[0], $0[1], activation: activation) }
    }
  }

  @Test func reductionsAndViews() {
    check([[0, 3]], expecting: []) { $0[0].sum() }
    check([[0, 3]], expecting: [3]) { $0[0].sum(axes: 0) }
    check([[3, 0]], expecting: [3, 1]) { $0[0].sum(axes: 1, keepingDimensions: true) }
    check([[0, 3]], expecting: [0]) { $0[0].mean(axes: 1) * 0 }
    check([[0, 3]], expecting: [0]) { $0[0].maximum(axes: 1) }
    check([[0, 3]], expecting: [0, 2]) { $0[0].slice(1..<3, axis: 1) }
    check([[4, 3]], expecting: [0, 3]) { $0[0].slice(2..<2) }
    check([[1, 3]], expecting: [0, 3]) { $0[0].broadcast(to: [0, 3]) }
    check([[0, 3], [0, 2]], expecting: [0, 5]) { Tensor.concatenate($0, axis: 1) }
    check([[5, 3]], expecting: [0, 3]) { $0[0].indexSelect([]) }
    check([[0, 3]], expecting: [0, 2]) { $0[0].indexSelect([0, 2], axis: 1) }
    check([[0, 7]], expecting: [0, 1]) { $0[0].gather([]) }
    check([[2, 0, 3], [3, 4]], expecting: [2, 0, 4]) { $0[0].matmul($0[1]) }
    check([[2, 0], [0, 4]], expecting: [2, 4]) { $0[0].matmul($0[1]) }
    check([[0, 2, 3], [0, 3, 4]], expecting: [0, 2, 4]) { $0[0].matmul($0[1]) }
  }

  /// Batches without rows, rows without elements, layers without outputs.
  @Test(arguments: [(0, 4, 3), (2, 0, 3), (2, 4, 0), (0, 0, 0)]) func layers(rows: Int, inputs: Int, outputs: Int) {
    let (x, w, y): (Shape, Shape, Shape) = ([rows, inputs], [outputs, inputs], [rows, outputs])
    check([x, w], expecting: y) { linear($0[0] * 0, weight: $0[1] * 0) }
    check([x, w], expecting: y) {
      bitLinear(
        QuantizedActivations($0[0] * 0), weight: $0[1] * 0,
        quantized: QuantizedWeight($0[1], configuration: BitLinearConfiguration()))
    }
    check([x, [1, inputs], [outputs, 1]], expecting: y) {
      lowRankUpdate($0[0] * 0, a: $0[1] * 0, b: $0[2] * 0, scale: 2)
    }
    for isBeside in [true, false] {
      check([x, [1, inputs], [outputs, 1]], expecting: y) {
        let input = $0[0] * 0
        return bitLinear(
          QuantizedActivations(input), quantized: QuantizedWeight(.ones(w), configuration: BitLinearConfiguration()),
          adapter: LowRankAdapter(
            a: $0[1] * 0, b: $0[2] * 0, scale: 2, placement: isBeside ? .beside(input: input) : .inside))
      }
    }
    check([[1, inputs], [outputs, 1]], expecting: w) { lowRankSum(.zeros(w), a: $0[0] * 0, b: $0[1] * 0, scale: 1) }
  }

  @Test(arguments: [[0, 6], [3, 0], [0, 0]]) func norms(_ extents: [Int]) {
    let (shape, gain): (Shape, Shape) = (Shape(extents), [extents[1]])
    check([shape, gain], expecting: shape) { rmsNorm($0[0], gain: $0[1], epsilon: 1e-5) }
    for keepsValues in [true, false] {
      check([shape, gain, [2, extents[1]]], expecting: [extents[0], 2]) {
        let input = QuantizedActivations(normalizing: $0[0], gain: $0[1], epsilon: 1e-5, keepsValues: keepsValues)
        return bitLinear(
          input, weight: $0[2] * 0,
          quantized: QuantizedWeight(.zeros([2, extents[1]]), configuration: BitLinearConfiguration()))
      }
      check([shape, shape, gain, [2, extents[1]]], expecting: [extents[0], 2]) {
        let input = QuantizedActivations(
          normalizingGated: $0[0], $0[1], activation: .silu, gain: $0[2], epsilon: 1e-5, keepsValues: keepsValues)
        return bitLinear(
          input, weight: $0[3] * 0,
          quantized: QuantizedWeight(.zeros([2, extents[1]]), configuration: BitLinearConfiguration()))
      }
    }
  }

  @Test func attentionAndPositionsOfNoTokens() {
    let angles = RotaryEmbedding(headDimension: 4, positionCount: 8, theta: 100)
    check([[0, 8]], expecting: [0, 8]) { rotary($0[0], angles, positions: []) }
    for length in [0, 4] {
      check([[0, 8], [0, 4], [0, 4]], expecting: [0, 8]) {
        causalAttention(queries: $0[0], keys: $0[1], values: $0[2], heads: 2, keyValueHeads: 1, length: length)
      }
    }
  }

  @Test func losses() {
    check([[0, 5]], expecting: [0]) { crossEntropy(logits: $0[0], targets: []) }
    check([[2, 0]], expecting: [2]) { crossEntropy(logits: $0[0], targets: [ignoredTarget, ignoredTarget]) }
    check([[0, 4], [5, 4]], expecting: [0]) { headCrossEntropy(hidden: $0[0], weight: $0[1], targets: []) }
    check([[2, 4], [0, 4]], expecting: [2]) {
      headCrossEntropy(hidden: $0[0], weight: $0[1], targets: [ignoredTarget, ignoredTarget])
    }
    check([[5, 3]], expecting: [0, 3]) { embedding($0[0], indices: []) }
    check([[5, 0]], expecting: [2, 0]) { embedding($0[0], indices: [1, 4]) }
  }

  /// The message has the shape.
  @Test func valuesThatAreNotThereStopTheProgram() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor(withoutValues: [3, 5]).scalars
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("[3, 5]"))
  }

  @Test func aViewOfNothingHasNoValuesEither() async {
    await #expect(processExitsWith: .failure) {
      _ = (Tensor(withoutValues: [3, 5]).transposed().slice(0..<2).reshaped(to: [6]) + 1).scalars
    }
  }

  @Test func operationsAreRecordedFromATensorWithoutValues() {
    let parameter = Parameter(.ones([2]))
    let source = parameter.tensor
    let position = Tensor(graphPositionOf: source)
    #expect(!position.hasValues && position.hasGraphPosition(of: source))
    Tensor.ones([2]).recorded(from: position, by: IdentityBackward()).backward(.ones([2]))
    #expect(parameter.gradient?.scalars == [1, 1])
  }
}
