import CKernels
import Kernels
import Testing

/// The backward products in bfloat16 against sums in Double of the rounded operands, on every path that has them.
@Suite struct BFloat16ProductTests {
  struct Size: CustomTestStringConvertible, Sendable {
    let rows: Int
    let outputs: Int
    let inputs: Int
    var testDescription: String { "\(rows) rows, \(outputs) x \(inputs)" }
  }

  static let paths = KernelPath.available.filter { path in
    KernelPath.$current.withValue(path) { KernelTable.current.bfloat16_matmul != nil }
  }

  static let sizes = [
    Size(rows: 1, outputs: 7, inputs: 20), Size(rows: 5, outputs: 16, inputs: 64),
    Size(rows: 33, outputs: 40, inputs: 130),
    Size(rows: 64, outputs: 96, inputs: 32), Size(rows: 100, outputs: 33, inputs: 47),
    Size(rows: 300, outputs: 40, inputs: 33),
  ]

  @Test(arguments: paths, sizes)
  func inputGradient(path: KernelPath, size: Size) {
    KernelPath.$current.withValue(path) {
      let example = Example(size)
      for adds in [false, true] {
        var result = [Float](repeating: adds ? 3 : .nan, count: size.rows * size.inputs)
        example.multiply(input: &result, adds: adds)
        for row in 0..<size.rows {
          for column in 0..<size.inputs {
            let terms = (0..<size.outputs).map { n in
              let scaled = BFloat16(example.gradient[row * size.outputs + n] * example.matrix.gamma).floatValue
              return Double(scaled) * Double(example.matrix[n, column])
            }
            expectSum(of: terms, plus: adds ? 3 : 0, is: result[row * size.inputs + column], "dx[\(row), \(column)]")
          }
        }
      }
    }
  }

  @Test(arguments: paths, sizes)
  func weightGradient(path: KernelPath, size: Size) {
    KernelPath.$current.withValue(path) {
      let example = Example(size)
      let activations = example.activations
      for adds in [false, true] {
        var result = [Float](repeating: adds ? 3 : .nan, count: size.outputs * size.inputs)
        example.multiply(weight: &result, adds: adds)
        for n in 0..<size.outputs {
          for column in 0..<size.inputs {
            let terms = (0..<size.rows).map { row in
              let scaled = BFloat16(example.gradient[row * size.outputs + n] * (1 / activations.scales[row])).floatValue
              return Double(scaled) * Double(activations.codes[row * activations.codeStride + column])
            }
            expectSum(of: terms, plus: adds ? 3 : 0, is: result[n * size.inputs + column], "dw[\(n), \(column)]")
          }
        }
      }
    }
  }

  @Test(arguments: paths)
  func aNaNGradientIsNotLost(path: KernelPath) {
    KernelPath.$current.withValue(path) {
      let size = Size(rows: 3, outputs: 16, inputs: 32)
      var example = Example(size)
      example.gradient[17] = .nan
      var result = [Float](repeating: 0, count: size.rows * size.inputs)
      example.multiply(input: &result)
      #expect(result[32..<64].contains(where: \.isNaN) && result[..<32].allSatisfy(\.isFinite))
    }
  }

  /// More rows than are multiplied at a time.
  static let chunked = Size(rows: 600, outputs: 96, inputs: 128)

  @Test(arguments: paths)
  func threadsDoNotChangeTheBits(path: KernelPath) {
    let size = Self.chunked
    let example = Example(size)
    func gradients(threads: Int) -> [[Float]] {
      var input = [Float](repeating: 0, count: size.rows * size.inputs)
      var weight = [Float](repeating: 0, count: size.outputs * size.inputs)
      KernelPath.$current.withValue(path) {
        withThreads(threads) { example.multiply(input: &input, weight: &weight) }
      }
      return [input, weight]
    }
    #expect(gradients(threads: 1) == gradients(threads: 2))
  }

  @Test(arguments: paths)
  func togetherIsAsAlone(path: KernelPath) {
    KernelPath.$current.withValue(path) {
      let size = Self.chunked
      let example = Example(size)
      var input = [Float](repeating: 1, count: size.rows * size.inputs)
      var weight = [Float](repeating: 2, count: size.outputs * size.inputs)
      var (inputAlone, weightAlone) = (input, weight)
      example.multiply(input: &input, weight: &weight, adds: true)
      example.multiply(input: &inputAlone, adds: true)
      example.multiply(weight: &weightAlone, adds: true)
      #expect(input == inputAlone && weight == weightAlone)
    }
  }

  /// float32 accumulation may lose a little of every term.
  private func expectSum(of terms: [Double], plus start: Double, is actual: Float, _ place: String) {
    let expected = terms.reduce(start, +)
    let magnitude = terms.reduce(abs(start)) { $0 + abs($1) }
    #expect(abs(Double(actual) - expected) <= 4e-6 * magnitude, "\(place) is \(actual), expected \(expected)")
  }

  private struct Example {
    let size: Size
    var gradient: [Float]
    let input: [Float]
    let matrix: TernaryMatrix

    init(_ size: Size) {
      self.size = size
      var random = RandomStream(seed: 5, purpose: .shuffle)
      func values(_ count: Int) -> [Float] { (0..<count).map { _ in random.nextUniform() - 0.5 } }
      gradient = values(size.rows * size.outputs)
      input = values(size.rows * size.inputs)
      matrix = TernaryMatrix(
        quantizing: values(size.outputs * size.inputs), rows: size.outputs, columns: size.inputs,
        configuration: BitLinearConfiguration())
    }

    var activations: QuantizedRows { QuantizedRows(input, rows: size.rows, columns: size.inputs) }

    func multiply(
      input: UnsafeMutablePointer<Float>? = nil, weight: UnsafeMutablePointer<Float>? = nil, adds: Bool = false
    ) {
      BFloat16Product(outputGradient: gradient, activations: activations, matrix: matrix).multiply(
        into: input.map { ($0, adds) }, and: weight.map { ($0, adds) })
    }
  }
}
