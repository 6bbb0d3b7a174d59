import Autograd
import Kernels
import Layers
import Testing

/// A layer that holds codes computes, bit for bit, what one computes whose masters quantise to these codes.
@Suite struct CodesLayerTests {
  struct Size: CustomTestStringConvertible {
    let rows: Int, inputs: Int, outputs: Int
    var testDescription: String { "\(rows) × \(inputs) × \(outputs)" }
  }

  /// Widths that stay in panels and widths that are packed; more rows than one block of the backward products.
  static let sizes = [(1, 4, 3), (7, 33, 20), (37, 128, 17), (300, 256, 80), (5, 384, 64)].map {
    Size(rows: $0.0, inputs: $0.1, outputs: $0.2)
  }

  static let configurations = [
    BitLinearConfiguration(), .init(scaleDataType: .float32), .init(weightQuantization: .sign),
  ]

  private static func uniform(_ shape: Shape, seed: UInt64, magnitude: Float = 1) -> Tensor {
    var random = RandomStream(seed: seed, purpose: .initialization)
    return Tensor((0..<shape.count).map { _ in (2 * random.nextUniform() - 1) * magnitude }, shape: shape)
  }

  /// As files hold it: from the codes alone, packed where the width allows.
  private static func codes(of masters: Tensor, _ configuration: BitLinearConfiguration) throws -> QuantizedWeight {
    let codes = TernaryCodes(QuantizedWeight(masters, configuration: configuration).matrix)
    return PackedMatrix.holds(columns: codes.columns)
      ? QuantizedWeight(try PackedMatrix(codes)) : QuantizedWeight(TernaryMatrix(codes))
  }

  private struct Outcome: Equatable {
    var output: [UInt32]
    var inputGradient: [UInt32]?
    var residualGradient: [UInt32]?
    var biasGradient: [UInt32]?
  }

  private static func run(
    _ weight: LinearWeight, _ size: Size, _ configuration: BitLinearConfiguration, isSurrounded: Bool
  ) -> Outcome {
    let surroundings = LinearSurroundings(
      norm: isSurrounded ? RMSNorm(weight: Parameter(uniform([size.inputs], seed: 5), role: .norm)) : nil,
      bias: isSurrounded ? Parameter(uniform([size.outputs], seed: 6), role: .bias) : nil)
    let layer = BitLinear(weight: weight, configuration: configuration, surroundings: surroundings)
    let input = Parameter(uniform([size.rows, size.inputs], seed: 2))
    let residual = Parameter(uniform([size.rows, size.outputs], seed: 3))
    let output = layer(LayerInput(input.tensor), addedTo: residual.tensor)
    output.backward(uniform(output.shape, seed: 4))
    func bits(_ tensor: Tensor?) -> [UInt32]? { tensor?.scalars.map(\.bitPattern) }
    return Outcome(
      output: bits(output) ?? [], inputGradient: bits(input.gradient), residualGradient: bits(residual.gradient),
      biasGradient: bits(surroundings.bias?.gradient))
  }

  @Test(arguments: sizes, configurations.indices)
  func bitsOfTheMasters(_ size: Size, _ index: Int) throws {
    let configuration = Self.configurations[index]
    for path in KernelPath.available {
      try KernelPath.$current.withValue(path) {
        for (precision, isSurrounded) in [(BackwardPrecision.float32, false), (.bfloat16, false), (.float32, true)] {
          try BackwardPrecision.$current.withValue(precision) {
            let masters = Parameter(Self.uniform([size.outputs, size.inputs], seed: 1, magnitude: 0.05))
            masters.isTrainable = false
            let codes = try Self.codes(of: masters.value, configuration)
            let expected = Self.run(.masters(masters), size, configuration, isSurrounded: isSurrounded)
            let found = Self.run(.codes(codes), size, configuration, isSurrounded: isSurrounded)
            #expect(expected.inputGradient?.contains { $0 << 1 != 0 } == true)
            let areSame = found == expected
            #expect(areSame, "\(path), \(precision), surrounded: \(isSurrounded)")
          }
        }
      }
    }
  }

  /// Masters that learn share a pass with the input's gradient, which must not notice.
  @Test(arguments: sizes) func mastersThatLearnLeaveTheInputsGradientAlone(_ size: Size) throws {
    let masters = Parameter(Self.uniform([size.outputs, size.inputs], seed: 1, magnitude: 0.05))
    let codes = try Self.codes(of: masters.value, .init())
    for precision in [BackwardPrecision.float32, .bfloat16] {
      BackwardPrecision.$current.withValue(precision) {
        let expected = Self.run(.masters(masters), size, .init(), isSurrounded: false)
        #expect(masters.gradient != nil)
        masters.gradient = nil
        let areSame = Self.run(.codes(codes), size, .init(), isSurrounded: false) == expected
        #expect(areSame, "\(precision)")
      }
    }
  }

  @Test func codesAreNoParameters() throws {
    let masters = Self.uniform([8, 128], seed: 1)
    let layer = BitLinear(weight: .codes(try Self.codes(of: masters, .init())))
    #expect(layer.parameters.isEmpty && layer.weight.masters == nil)
    #expect(layer.quantization?.shape == [8, 128])
  }
}
