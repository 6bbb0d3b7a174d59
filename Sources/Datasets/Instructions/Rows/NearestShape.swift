import FileFormats

/// The shape that shares most with the keys of a row that has none, and which key of the row is likely to be which.
public struct NearestShape: Equatable, Sendable {
  public let format: InstructionConfiguration.Format
  /// Keys of the row by those that are read.
  public let columns: [String: String]

  init(_ keys: [String], among formats: [InstructionConfiguration.Format]) {
    format = .nearest(to: keys, among: formats)
    var columns: [String: String] = [:]
    for group in format.requiredKeys {
      guard let wanted = group.first, !group.contains(where: keys.contains) else { continue }
      columns[wanted] = keys.first { key in
        !columns.values.contains(key) && group.contains { InstructionConfiguration.Format.means(key, $0) }
      }
    }
    self.columns = columns
  }

  var advice: String {
    guard !columns.isEmpty else { return "Rename its keys" }
    let entries = columns.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.printable(limit: 40))" }
    return "Name its keys with dataset.columns: {\(entries.joined(separator: ", "))}, rename them"
  }
}
