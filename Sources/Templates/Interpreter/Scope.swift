extension Jinja {
  /// The names of a block. Blocks inside see them; what they set themselves ends with them.
  final class Scope {
    static let maximumDepth = 400

    private(set) var parent: Scope?
    private var variables: [(name: Int, value: Value)] = []
    private let depth: Int

    init(parent: Scope?) throws {
      self.parent = parent
      depth = (parent?.depth ?? 0) + 1
      guard depth <= Self.maximumDepth else {
        throw JinjaError(.limit, "macros are defined in one another more than \(Self.maximumDepth) levels deep")
      }
    }

    func set(_ name: Int, _ value: Value) {
      for index in variables.indices where variables[index].name == name {
        variables[index].value = value
        return
      }
      variables.append((name, value))
    }

    func value(_ name: Int) -> Value? {
      var scope: Scope? = self
      while let current = scope {
        for variable in current.variables where variable.name == name { return variable.value }
        scope = current.parent
      }
      return nil
    }

    /// Lets go of everything: macros and the scopes that they lie in hold one another.
    func clear() {
      variables = []
      parent = nil
    }
  }
}
