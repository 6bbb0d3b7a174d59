import Architectures
import FileFormats
import Inference
import Kernels

extension ModelInspection {
  /// Every tensor of a file, whatever its architecture; codes as they are stored.
  /// - Parameter i2sLayout: how I2_S is laid out; nothing in the file says so.
  /// - Throws: `GGUFError` for broken ternary tensors.
  package init(gguf file: GGUFFile, i2sLayout: I2SLayout = .blocksOf128) throws {
    let weights = try? GGUFModel(file, i2sLayout: i2sLayout)
    let model = weights?.architecture
    let kinds = Dictionary(uniqueKeysWithValues: (model?.parameters ?? []).map { ($0.ggufName, $0) })
    var name = "unknown"
    if case .string(let text)? = file.metadata["general.architecture"] { name = text }
    let tensors = try file.tensors.map { stored in
      var tensor = Tensor(name: stored.name, shape: stored.shape, type: stored.type.name)
      let parameter = kinds[stored.name]
      tensor.kind = parameter?.kind
      if let parameter, let weights, weights.architecture.isQuantized(parameter) {
        tensor.count(try weights.codes(of: parameter))
      } else if stored.type.isTernary {
        tensor.count(try file.ternaryCodes(of: stored, i2sLayout: i2sLayout))
      } else {
        let broken = try file.floats(of: stored.name).count { !$0.isFinite }
        tensor.nonFinite = broken > 0 ? broken : nil
      }
      return tensor
    }
    self.init(
      path: file.url.path, architecture: name, parameters: tensors.reduce(0) { $0 + $1.elementCount }, model: model,
      tensors: tensors, metadata: file.metadata)
  }
}

extension ModelInspection.Tensor {
  mutating func count(_ matrix: TernaryCodes) {
    let census = matrix.census()
    (minus, zero, plus, gamma) = (census.minus, census.zero, census.plus, matrix.scale)
  }
}

extension GGUFMetadata {
  /// The keys as members; long arrays as their type and length.
  var jsonObject: JSONValue {
    .object(Dictionary(uniqueKeysWithValues: entries.map { ($0.key, $0.value.json) }))
  }
}

extension GGUFValue {
  fileprivate var json: JSONValue {
    switch self {
    case .string(let text): .string(text)
    case .boolean(let flag): .boolean(flag)
    case .float32(let number): number.isFinite ? .number(Double("\(number)") ?? Double(number)) : .string("\(number)")
    case .float64(let number): number.isFinite ? .number(number) : .string("\(number)")
    case .array: .string(summary)
    default: integerValue.map(JSONValue.integer) ?? .string(summary)
    }
  }

  /// One line for people.
  package var summary: String {
    switch self {
    case .string(let text):
      (text.count > 80 ? "\(text.prefix(80))…" : text).replacing("\n", with: "\\n")
    case .boolean(let flag): "\(flag)"
    case .float32(let number): "\(number)"
    case .float64(let number): "\(number)"
    case .uint64(let number): "\(number)"
    case .array(let array): "\(array.count) × \(array.elementType.name)"
    default: integerValue.map(String.init) ?? type.name
    }
  }
}
