/// What a recipe may have at most. Recipes are written by people: the longest of ours has three thousand bytes.
enum RecipeLimits {
  static let bytes = 262_144
  /// Scalars, lists and mappings together, those that aliases stand for included.
  static let nodes = 50_000
  /// Lists and mappings inside of each other.
  static let depth = 50
  /// Unknown keys that are told one by one.
  static let unknownKeys = 40
  /// Keys written as `? key`, which may be whole mappings.
  static let explicitKeys = 50

  /// Yams looks at all of a key for each mapping around it, so keys inside of keys must be counted before it reads them.
  /// Some text that looks like one is counted too.
  static func explicitKeyCount(_ yaml: String) -> Int {
    let beginnings = Set("\r\n[{,:?-".utf8)
    var count = 0
    var (lastOfText, isMark) = (UInt8(ascii: "\n"), false)
    for byte in yaml.utf8 {
      let isBlank = byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
      if isMark, isBlank || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { count += 1 }
      isMark = byte == UInt8(ascii: "?") && beginnings.contains(lastOfText)
      if !isBlank { lastOfText = byte }
    }
    return count
  }
}
