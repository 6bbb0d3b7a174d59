/// Makes the aliases of a YAML text ordinary scalars without moving any character.
///
/// Yams puts anchored nodes in place of aliases as it reads, and then looks at each copy: ten lines of aliases of aliases
/// are billions of nodes. Disguised, they come out as they were written, and `RecipeNodeConverter` counts what it puts there.
struct DisguisedAliases {
  /// The text with another character for each star.
  let text: String
  /// Occurs nowhere else; nil when there is no star.
  private let mark: Unicode.Scalar?

  /// nil when the text uses up all characters that could stand for a star.
  init?(_ yaml: String) {
    guard yaml.utf8.contains(UInt8(ascii: "*")) else {
      (text, mark) = (yaml, nil)
      return
    }
    // Private use, behind the characters of `DisguisedKeys`.
    let candidates = (UInt32(0xFFF00)...0xFFFFD).compactMap(Unicode.Scalar.init)
    let taken = Set(yaml.unicodeScalars.filter { $0.value >= 0xFFF00 })
    guard let free = candidates.first(where: { !taken.contains($0) }) else { return nil }
    (text, mark) = (Self.replace("*", by: free, in: yaml), free)
  }

  func reveal(_ text: String) -> String {
    mark.map { Self.replace($0, by: "*", in: text) } ?? text
  }

  /// What follows the star of a plain scalar that begins with one.
  func name(in plainScalar: String) -> Substring? {
    guard let mark, plainScalar.unicodeScalars.first == mark else { return nil }
    return Substring(plainScalar.unicodeScalars.dropFirst())
  }

  private static func replace(_ old: Unicode.Scalar, by new: Unicode.Scalar, in text: String) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { scalars.append(scalar == old ? new : scalar) }
    return String(scalars)
  }
}
