import FileFormats
import Kernels

/// The tensors of an adapter in one of the formats they are kept in.
protocol AdapterTensors: Sendable {
  /// What the names of factors look like, for messages.
  var pattern: String { get }
  var shapes: [String: [Int]] { get }
  /// Of factors B of query and key projections.
  var rowOrder: RotaryRowOrder { get }
  /// The weight that a tensor is a factor of; nil for a tensor that is no factor.
  func factor(_ name: String) -> (parameterName: String, isA: Bool)?
  /// Row-major.
  func floats(_ name: String) throws -> [Float]
}

struct PEFTAdapterTensors: AdapterTensors {
  static let prefix = "base_model.model."
  private static let (suffixA, suffixB) = (".lora_A.weight", ".lora_B.weight")

  let file: SafetensorsFile
  let rowOrder = RotaryRowOrder.halves

  var pattern: String { "\(Self.prefix)….lora_A.weight or ….lora_B.weight" }
  var shapes: [String: [Int]] { file.tensors.mapValues(\.shape) }

  func factor(_ name: String) -> (parameterName: String, isA: Bool)? {
    guard name.hasPrefix(Self.prefix), let isA = name.isA(Self.suffixA, Self.suffixB) else { return nil }
    return (name.dropFirst(Self.prefix.count).dropLast(Self.suffixA.count) + ".weight", isA)
  }

  func floats(_ name: String) throws -> [Float] { try file.floats(of: name) }
}

struct GGUFAdapterTensors: AdapterTensors {
  static let (suffixA, suffixB) = (".lora_a", ".lora_b")

  let file: GGUFFile
  let rowOrder: RotaryRowOrder

  var pattern: String { "blk.….weight.lora_a or ….lora_b" }
  var shapes: [String: [Int]] {
    Dictionary(file.tensors.map { ($0.name, $0.shape) }, uniquingKeysWith: { first, _ in first })
  }

  func factor(_ name: String) -> (parameterName: String, isA: Bool)? {
    guard let isA = name.isA(Self.suffixA, Self.suffixB),
      let parameter = Projection.name(ofGGUFMatrix: String(name.dropLast(Self.suffixA.count)))
    else { return nil }
    return (parameter, isA)
  }

  func floats(_ name: String) throws -> [Float] { try file.floats(of: name) }
}

extension String {
  /// Which of two suffixes this has.
  fileprivate func isA(_ a: String, _ b: String) -> Bool? {
    hasSuffix(a) ? true : hasSuffix(b) ? false : nil
  }
}

/// Matches the tensors of an adapter into pairs.
struct AdapterPairs {
  private let tensors: any AdapterTensors
  private let configuration: LoRAConfiguration
  private(set) var factors: [String: LoRAAdapter.Factors] = [:]
  private(set) var problems: [String] = []

  init(_ tensors: any AdapterTensors, _ configuration: LoRAConfiguration) {
    self.tensors = tensors
    self.configuration = configuration
  }

  mutating func collect() {
    let shapes = tensors.shapes
    if shapes.isEmpty { problems.append("it holds no tensor") }
    var halves: [String: (a: String?, b: String?)] = [:]
    for name in shapes.keys.sorted() {
      guard let (parameter, isA) = tensors.factor(name) else {
        problems.append("\(name) is not a factor of a linear layer (\(tensors.pattern))")
        continue
      }
      if isA {
        halves[parameter, default: (nil, nil)].a = name
      } else {
        halves[parameter, default: (nil, nil)].b = name
      }
    }
    for (parameter, half) in halves.sorted(by: { $0.key < $1.key }) {
      guard let a = half.a, let b = half.b, let shapeA = shapes[a], let shapeB = shapes[b] else {
        problems.append("\(half.a ?? half.b ?? parameter) has no counterpart")
        continue
      }
      guard shapeA.count == 2, shapeB.count == 2, shapeA[0] == shapeB[1], shapeA[0] > 0 else {
        problems.append("\(parameter): factors of shape \(shapeA) and \(shapeB) have no common rank above 0")
        continue
      }
      factors[parameter] = LoRAAdapter.Factors(
        parameterName: parameter, rank: shapeA[0], inputs: shapeA[1], outputs: shapeB[0],
        scale: Float(configuration.scale(rank: shapeA[0])), a: a, b: b)
    }
  }

  func nonFinite() throws -> [String] {
    try tensors.shapes.keys.sorted().compactMap { name in
      try tensors.floats(name).allSatisfy(\.isFinite) ? nil : "\(name) has NaN or infinite elements"
    }
  }
}
