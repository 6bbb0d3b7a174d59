import Autograd
import Kernels

/// How the memory behind an operand looks; operations must not care.
enum OperandLayout: CaseIterable {
  case dense
  /// Stored with the axes reversed, seen through a permuted view.
  case permuted
  /// A box inside of a larger tensor.
  case sliced
  case bfloat16
}

/// The values of a test operand.
enum Values {
  /// Uniform in a range, and not close to where the operation has a kink.
  case uniform(ClosedRange<Float>, avoiding: [Float] = [])
  /// All different, also in bfloat16.
  case distinct

  func make(count: Int, random: inout RandomStream) -> [Float] {
    switch self {
    case .uniform(let range, let kinks):
      return (0..<count).map { _ in
        while true {
          let value = range.lowerBound + (range.upperBound - range.lowerBound) * random.nextUniform()
          if kinks.allSatisfy({ abs(value - $0) > 0.05 }) { return value }
        }
      }
    case .distinct:
      precondition(count <= 128, "bfloat16 does not tell \(count) values apart")
      return (0..<count).map { (Float($0) - Float(count) / 2) / 32 }.shuffled(using: &random)
    }
  }
}

/// A parameter, and the view of it that is handed to the operation under test.
struct Operand {
  let parameter: Parameter
  let values: [Float]
  private let shape: [Int]
  private let layout: OperandLayout

  init(shape: [Int], values: [Float], layout: OperandLayout) {
    self.shape = shape
    self.layout = layout
    let dense = Tensor(values, shape: Shape(shape))
    switch layout {
    case .dense: parameter = Parameter(dense)
    case .permuted: parameter = Parameter(dense.permuted(Self.reversedAxes(shape)))
    case .sliced: parameter = Parameter(Self.padded(dense))
    case .bfloat16: parameter = Parameter(dense.bfloat16)
    }
    self.values = layout == .bfloat16 ? dense.bfloat16.scalars : values
  }

  var tensor: Tensor { view(parameter.tensor) }

  /// The gradient seen through the same view.
  var gradient: [Float]? { parameter.gradient.map { view($0).scalars } }

  /// True unless a gradient went astray, to elements outside of the view.
  var gradientIsZeroOutside: Bool {
    guard let gradient = parameter.gradient else { return true }
    let nonZero = { (tensor: Tensor) in tensor.scalars.count { $0 != 0 } }
    return nonZero(gradient) == nonZero(view(gradient))
  }

  private func view(_ tensor: Tensor) -> Tensor {
    switch layout {
    case .dense, .bfloat16: return tensor
    case .permuted: return tensor.permuted(Self.reversedAxes(shape))
    case .sliced:
      var result = tensor
      for (axis, extent) in shape.enumerated() { result = result.slice(1..<extent + 1, axis: axis) }
      return result
    }
  }

  private static func reversedAxes(_ shape: [Int]) -> [Int] { Array((0..<shape.count).reversed()) }

  /// With one more element at both ends of every axis.
  private static func padded(_ dense: Tensor) -> Tensor {
    var result = dense
    for axis in 0..<dense.shape.rank {
      var border = result.shape
      border[axis] = 1
      let edge = Tensor(repeating: 7, shape: border)
      result = .concatenate([edge, result, edge], axis: axis)
    }
    return result
  }
}
