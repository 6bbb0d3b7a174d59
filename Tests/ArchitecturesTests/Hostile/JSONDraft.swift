import FileFormats

/// A JSON text before it is written: keys may come twice, and a number is whatever it is spelt as.
indirect enum JSONDraft {
  /// A scalar, or any other text.
  case text(String)
  case list([JSONDraft])
  case object([Member])

  struct Member {
    var key: String
    var value: JSONDraft
  }

  /// A well-formed text, with its keys in order.
  init(_ value: JSONValue) {
    switch value {
    case .null: self = .text("null")
    case .boolean(let value): self = .text("\(value)")
    case .integer(let value): self = .text("\(value)")
    case .number(let value): self = .text("\(value)")
    case .string(let value): self = .text("\"\(value)\"")
    case .array(let elements): self = .list(elements.map(JSONDraft.init))
    case .object(let members):
      self = .object(members.sorted { $0.key < $1.key }.map { Member(key: $0.key, value: JSONDraft($0.value)) })
    }
  }

  var written: String {
    switch self {
    case .text(let text): text
    case .list(let elements): "[" + elements.map(\.written).joined(separator: ",") + "]"
    case .object(let members):
      "{" + members.map { "\"\($0.key)\":\($0.value.written)" }.joined(separator: ",\n") + "}"
    }
  }

  /// The members of this object and of all objects inside it.
  var memberCount: Int {
    guard case .object(let members) = self else { return 0 }
    return members.reduce(0) { $0 + 1 + $1.value.memberCount }
  }

  /// Changes the list of members that holds a member, counted as in `memberCount`.
  /// - Parameter change: gets the list and the member's place in it.
  /// - Returns: the member's key.
  @discardableResult
  mutating func change(member number: Int, _ change: (_ members: inout [Member], _ index: Int) -> Void) -> String? {
    guard case .object(var members) = self else { return nil }
    var left = number
    for index in members.indices {
      if left == 0 {
        let key = members[index].key
        change(&members, index)
        self = .object(members)
        return key
      }
      left -= 1
      let inside = members[index].value.memberCount
      if left < inside {
        let key = members[index].value.change(member: left, change)
        self = .object(members)
        return key
      }
      left -= inside
    }
    return nil
  }
}
