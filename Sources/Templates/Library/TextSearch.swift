extension Jinja {
  /// Where `part` first occurs; an empty one at the start. Linear in both lengths, whatever they hold (Knuth, Morris and
  /// Pratt's way).
  static func find(_ part: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
    guard let first = part.first else { return bytes.startIndex }
    guard bytes.count >= part.count else { return nil }
    if part.count == 1 { return bytes.firstIndex(of: first) }
    let borders = borders(part)
    var matched = 0
    for (index, byte) in zip(bytes.indices, bytes) {
      while matched > 0, part[matched] != byte { matched = borders[matched - 1] }
      if part[matched] == byte { matched += 1 }
      if matched == part.count { return index - part.count + 1 }
    }
    return nil
  }

  /// For each beginning of `part` the length of the longest shorter one that it ends with.
  private static func borders(_ part: [UInt8]) -> [Int] {
    var result = [Int](repeating: 0, count: part.count)
    var length = 0
    for index in part.indices.dropFirst() {
      while length > 0, part[length] != part[index] { length = result[length - 1] }
      if part[length] == part[index] { length += 1 }
      result[index] = length
    }
    return result
  }

  /// Where `part`, which is not empty, occurs without overlaps, at most `limit` times.
  static func occurrences(of part: [UInt8], in bytes: [UInt8], limit: Int = .max) -> [Int] {
    var result: [Int] = []
    var rest = bytes[...]
    while result.count < limit, let index = find(part, in: rest) {
      result.append(index)
      rest = rest[(index + part.count)...]
    }
    return result
  }
}
