import FileFormats

/// Where rows have what is read under a key: the name of another key, or a dotted path into objects.
public struct RowColumns: Equatable, Sendable {
  /// By the keys that are read.
  public var paths: [String: String]

  public init(_ paths: [String: String] = [:]) { self.paths = paths }

  /// The keys that are read of rows, and so can be elsewhere.
  public static let names: Set = [
    "prompt", "completion", "messages", "conversations", "instruction", "input", "output", "text", "chosen", "rejected",
    "label", "system", "tools",
  ]
  /// What rows may lack.
  private static let optional: Set = ["system", "system_prompt", "input", "tools"]

  /// A column that a row does not have and must have.
  func missing(in row: [String: JSONValue]) -> (key: String, path: String)? {
    paths.sorted { $0.key < $1.key }.first { key, path in
      !Self.optional.contains(key) && Self.value(at: path, in: JSONValue.object(row), member: { $0[$1] }) == nil
    }.map { ($0.key, $0.value) }
  }

  /// A row with the keys that are read. What else lies in objects that a path leads into is kept under its own path.
  func applied(to row: [String: JSONValue]) -> [String: JSONValue] {
    guard !paths.isEmpty else { return row }
    var (result, found) = (row, [String: JSONValue]())
    for (key, path) in paths { found[key] = Self.value(at: path, in: .object(row), member: { $0[$1] }) }
    let (whole, taken) = (Set(paths.values.filter { row[$0] != nil }), Set(paths.values.filter { row[$0] == nil }))
    for key in whole { result[key] = nil }
    for root in Set(taken.map(Self.root)) {
      guard let value = result.removeValue(forKey: root) else { continue }
      result.merge(Self.rest(of: value, at: root, without: taken)) { $1 }
    }
    return result.merging(found) { $1 }
  }

  private static func rest(of value: JSONValue, at path: String, without taken: Set<String>) -> [String: JSONValue] {
    if taken.contains(path) { return [:] }
    guard let members = value.objectValue, taken.contains(where: { $0.hasPrefix(path + ".") }) else {
      return [path: value]
    }
    return members.reduce(into: [:]) { result, member in
      result.merge(rest(of: member.value, at: "\(path).\(member.key)", without: taken)) { $1 }
    }
  }

  /// As after others: a path begins at the keys that those give.
  func behind(_ others: RowColumns) -> RowColumns {
    var result = others.paths
    for (key, path) in paths { result[key] = others.paths[path] ?? path }
    return RowColumns(result)
  }

  /// A key that holds dots itself comes first.
  static func value<Value>(at path: String, in row: Value, member: (Value, String) -> Value?) -> Value? {
    if let value = member(row, path) { return value }
    var value: Value? = row
    for key in path.split(separator: ".") { value = value.flatMap { member($0, String(key)) } }
    return value
  }

  private static func root(_ path: String) -> String { path.split(separator: ".").first.map(String.init) ?? path }
}
