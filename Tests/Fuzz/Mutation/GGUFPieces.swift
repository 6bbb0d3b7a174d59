/// A GGUF file of this program, cut into the parts that its header consists of.
struct GGUFPieces {
  struct Entry {
    /// Length and text.
    var key: [UInt8]
    /// Type and contents.
    var value: [UInt8]
  }

  private(set) var version: [UInt8] = []
  var entries: [Entry] = []
  /// Name, shape, type and offset of each tensor.
  var tensors: [[UInt8]] = []
  private(set) var data: [UInt8] = []
  /// Where the whole file has numbers.
  private(set) var fields: [Range<Int>] = []
  private var position = 0

  private static let alignment = 32

  init(_ file: [UInt8]) {
    position = 4
    version = Array(file[4..<8])
    fields.append(4..<8)
    position = 8
    let (tensorCount, entryCount) = (number(8, file), number(8, file))
    for _ in 0..<entryCount {
      let start = position
      skipString(file)
      let key = Array(file[start..<position])
      let valueStart = position
      skipValue(of: number(4, file), file)
      entries.append(Entry(key: key, value: Array(file[valueStart..<position])))
    }
    for _ in 0..<tensorCount {
      let start = position
      skipString(file)
      for _ in 0..<number(4, file) { _ = number(8, file) }
      _ = (number(4, file), number(8, file))
      tensors.append(Array(file[start..<position]))
    }
    data = Array(file[min(file.count, Self.aligned(position))...])
  }

  private mutating func number(_ width: Int, _ file: [UInt8]) -> Int {
    defer { position += width }
    fields.append(position..<position + width)
    return file[position..<position + width].reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  private mutating func skipString(_ file: [UInt8]) { position += number(8, file) }

  private mutating func skipValue(of type: Int, _ file: [UInt8]) {
    switch type {
    case 0, 1, 7: position += 1
    case 2, 3: position += 2
    case 4, 5, 6: _ = number(4, file)
    case 8: skipString(file)
    case 9:
      let (element, count) = (number(4, file), number(8, file))
      for _ in 0..<count { skipValue(of: element, file) }
    default: position += 8
    }
  }

  private static func aligned(_ position: Int) -> Int { (position + alignment - 1) / alignment * alignment }

  private static func little(_ number: Int, _ width: Int) -> [UInt8] {
    (0..<width).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }

  var file: [UInt8] {
    var bytes = Array("GGUF".utf8) + version + Self.little(tensors.count, 8) + Self.little(entries.count, 8)
    bytes.reserveCapacity(bytes.count + data.count + 4096)
    for entry in entries { bytes += entry.key + entry.value }
    for tensor in tensors { bytes += tensor }
    bytes += [UInt8](repeating: 0, count: Self.aligned(bytes.count) - bytes.count)
    return bytes + data
  }

  static func text(_ text: String) -> [UInt8] { little(text.utf8.count, 8) + text.utf8 }
}
