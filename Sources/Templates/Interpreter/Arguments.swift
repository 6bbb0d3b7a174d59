extension Jinja {
  /// The values that a function, a filter or a test is called with.
  struct Arguments {
    var positional: [Value] = []
    var keywords: [(name: Text, value: Value)] = []

    var isEmpty: Bool { positional.isEmpty && keywords.isEmpty }

    func keyword(_ name: Text) -> Value? { keywords.first { $0.name == name }?.value }

    /// One value for each parameter, nil where none was given.
    /// - Throws: `JinjaError` for too many, unknown or repeated arguments.
    func bound(_ function: String, _ parameters: String..., required: Int = 0) throws -> [Value?] {
      guard positional.count <= parameters.count else {
        throw JinjaError(
          .type, "\(function)() takes at most \(parameters.count) arguments, \(positional.count) are given")
      }
      var result: [Value?] = positional + Array(repeating: nil, count: parameters.count - positional.count)
      for (name, value) in keywords {
        guard let index = parameters.firstIndex(of: name.string) else {
          throw JinjaError(.type, "\(function)() got an unexpected keyword argument '\(name.string)'")
        }
        guard result[index] == nil else {
          throw JinjaError(.type, "\(function)() got multiple values for argument '\(name.string)'")
        }
        result[index] = value
      }
      for index in 0..<required where result[index] == nil {
        throw JinjaError(.type, "\(function)() missing the required argument '\(parameters[index])'")
      }
      return result
    }
  }
}
