extension Jinja {
  /// `loop` inside a loop.
  final class LoopState: Object {
    private let items: List
    var index = 0
    private var last: Value?

    init(_ items: List) { self.items = items }

    override var typeName: String { "LoopContext" }
    override var qualifiedTypeName: String { "jinja2.runtime.LoopContext" }
    override var depth: Int { items.depth + 1 }
    override var printed: String { "<LoopContext \(index + 1)/\(items.elements.count)>" }

    override func attribute(_ name: Text) -> Value? {
      let elements = items.elements
      switch name.string {
      case "index": return .integer(index + 1)
      case "index0": return .integer(index)
      case "revindex": return .integer(elements.count - index)
      case "revindex0": return .integer(elements.count - index - 1)
      case "first": return .boolean(index == 0)
      case "last": return .boolean(index == elements.count - 1)
      case "length": return .integer(elements.count)
      case "depth": return .integer(1)
      case "depth0": return .integer(0)
      case "previtem": return index > 0 ? elements[index - 1] : .undefined("there is no previous item")
      case "nextitem":
        return index + 1 < elements.count ? elements[index + 1] : .undefined("there is no next item")
      case "cycle":
        return .object(
          Function("cycle", receiverDepth: depth) { [self] arguments, _ in
            guard !arguments.positional.isEmpty else {
              throw JinjaError(.type, "no items for cycling given")
            }
            return arguments.positional[index % arguments.positional.count]
          })
      case "changed":
        return .object(
          Function("changed", receiverDepth: depth) { [self] arguments, interpreter in
            let value = try Value.tuple(arguments.positional)
            defer { last = value }
            guard let last else { return .boolean(true) }
            return .boolean(try !interpreter.areEqual(last, value))
          })
      default: return nil
      }
    }
  }
}
