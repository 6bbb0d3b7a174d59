import Autograd
import Kernels
import Testing

/// A frozen embedding or head computes what a trainable one of the same numbers does.
@Suite struct FrozenTableTests {
  /// More rows than are widened at a time, and a rest.
  private static let (vocabulary, width, rows) = (2500, 20, 37)

  private struct Tables {
    let frozen: FrozenTable
    let trainable: Parameter

    /// - Parameter format: of the frozen one; the other has its numbers in float32, or in bfloat16 as they are.
    init(_ format: StoredFloatFormat, rows: Int = vocabulary) {
      let values = FrozenTableTests.uniform(rows * width, seed: 1)
      let bytes = values.withUnsafeBufferPointer(format.encode)
      let matrix = bytes.withUnsafeBytes { StoredMatrix($0, format: format, rows: rows, columns: width) }
      frozen = FrozenTable(matrix)
      var widened = [Float](repeating: 0, count: rows * width)
      widened.withUnsafeMutableBufferPointer { values in
        bytes.withUnsafeBytes { format.decode($0, into: values) }
      }
      let value = Tensor(widened, shape: [rows, width])
      trainable = Parameter(format == .bfloat16 ? value.bfloat16 : value)
    }
  }

  private static func uniform(_ count: Int, seed: UInt64) -> [Float] {
    var random = RandomStream(seed: seed, purpose: .initialization)
    return (0..<count).map { _ in 2 * random.nextUniform() - 1 }
  }

  private static var hidden: Tensor { Tensor(uniform(rows * width, seed: 2), shape: [rows, width]) }

  /// The gradient sums over the vocabulary in another order.
  private func expectNear(_ found: [Float]?, _ expected: [Float]?, _ what: String) {
    let largest = zip(found ?? [], expected ?? []).map { abs($0 - $1) / (1 + abs($1)) }.max()
    #expect(found?.count == expected?.count && (largest ?? 1) < 1e-4, "\(what): \(largest ?? 1)")
  }

  @Test(arguments: [StoredFloatFormat.float32, .bfloat16, .float16]) func logits(_ format: StoredFloatFormat) {
    let tables = Tables(format)
    for path in KernelPath.available {
      KernelPath.$current.withValue(path) {
        let (x, y) = (Parameter(Self.hidden), Parameter(Self.hidden))
        let frozen = linear(x.tensor, table: tables.frozen)
        let trainable = linear(y.tensor, weight: tables.trainable.tensor)
        let areSame = frozen.scalars.map(\.bitPattern) == trainable.scalars.map(\.bitPattern)
        #expect(areSame && frozen.shape == trainable.shape, "\(path)")
        let slopes = Tensor(Self.uniform(Self.rows * Self.vocabulary, seed: 3), shape: frozen.shape)
        frozen.backward(slopes)
        trainable.backward(slopes)
        expectNear(x.gradient?.scalars, y.gradient?.scalars, "\(path)")
      }
    }
  }

  /// Small: one chunk of logits, which is kept. Large: several, computed again.
  @Test(arguments: [StoredFloatFormat.float32, .bfloat16, .float16], [Self.rows, 900])
  func losses(_ format: StoredFloatFormat, _ rows: Int) {
    let tables = Tables(format)
    let hidden = Tensor(Self.uniform(rows * Self.width, seed: 2), shape: [rows, Self.width])
    let targets = (0..<rows).map { $0 % 5 == 3 ? ignoredTarget : Int32($0 * 977 % Self.vocabulary) }
    let slopes = Tensor(Self.uniform(rows, seed: 4), shape: [rows])
    for threads in 1...2 {
      ThreadPool.$current.withValue(ThreadPool(threadCount: threads)) {
        let (x, y) = (Parameter(hidden), Parameter(hidden))
        let frozen = headCrossEntropy(hidden: x.tensor, table: tables.frozen, targets: targets)
        let trainable = headCrossEntropy(hidden: y.tensor, weight: tables.trainable.tensor, targets: targets)
        let areSame = frozen.scalars.map(\.bitPattern) == trainable.scalars.map(\.bitPattern)
        #expect(areSame, "\(rows) rows, \(threads) threads")
        frozen.backward(slopes)
        trainable.backward(slopes)
        expectNear(x.gradient?.scalars, y.gradient?.scalars, "\(rows) rows, \(threads) threads")
      }
    }
  }

  @Test(arguments: [StoredFloatFormat.float32, .bfloat16, .float16]) func lookedUpRows(_ format: StoredFloatFormat) {
    let tables = Tables(format, rows: 37)
    let indices: [Int32] = [36, 0, 15, 16, 17, 0, 36]
    let frozen = embedding(tables.frozen, indices: indices)
    #expect(frozen.scalars == embedding(tables.trainable.tensor, indices: indices).scalars)
    #expect(!frozen.requiresGradient)
  }
}
