/// What the patterns of pre-tokenizers tell apart: general categories, and white space.
enum CharacterClass: UInt8 {
  case other, uppercase, lowercase, titlecase, modifierLetter, otherLetter, mark, number, punctuation, symbol
  case whiteSpace

  var set: CharacterClasses { CharacterClasses(rawValue: 1 << UInt16(rawValue)) }
}

/// A set of classes, as the brackets of a pattern give it.
struct CharacterClasses: OptionSet, Hashable, Sendable {
  let rawValue: UInt16

  /// `\p{L}`
  static let letters: CharacterClasses = [upper, lower, title, modifier, otherLetter]
  /// `\p{N}`
  static let numbers = CharacterClass.number.set
  /// `\p{P}`
  static let punctuation = CharacterClass.punctuation.set
  /// `\p{M}`
  static let marks = CharacterClass.mark.set
  /// `\s`
  static let whiteSpace = CharacterClass.whiteSpace.set
  static let upper = CharacterClass.uppercase.set
  static let lower = CharacterClass.lowercase.set
  static let title = CharacterClass.titlecase.set
  static let modifier = CharacterClass.modifierLetter.set
  static let otherLetter = CharacterClass.otherLetter.set
  /// `[^\s\p{L}\p{N}]`
  static let symbols = CharacterClasses(rawValue: .max).subtracting([letters, numbers, whiteSpace])
}

/// A value for every character, found in two steps: 256 characters make a page, and equal pages are kept once.
struct CharacterTable: Sendable {
  private let pages: [UInt16]
  private let values: [UInt8]

  /// - Parameter runs: the first code of a run shifted left by 8, and its value; 0 before the first.
  init(runs: [UInt32]) {
    var pages: [UInt16] = []
    var values: [UInt8] = []
    var known: [[UInt8]: UInt16] = [:]
    var run = 0
    var value: UInt8 = 0
    for page in 0..<0x1100 {
      var contents = [UInt8](repeating: 0, count: 256)
      for low in 0..<256 {
        if run < runs.count, runs[run] >> 8 == UInt32(page << 8 | low) {
          value = UInt8(truncatingIfNeeded: runs[run])
          run += 1
        }
        contents[low] = value
      }
      let index = known[contents] ?? UInt16(values.count >> 8)
      if known.updateValue(index, forKey: contents) == nil { values += contents }
      pages.append(index)
    }
    self.pages = pages
    self.values = values
  }

  /// - Parameter code: at most 0x10FFFF.
  @inline(__always)
  subscript(code: UInt32) -> UInt8 {
    values[Int(pages[Int(code >> 8)]) << 8 | Int(code & 0xFF)]
  }

  static let classes = CharacterTable(runs: CharacterClassTable.runs)
  static let words = CharacterTable(runs: CharacterClassTable.wordRuns)
}
