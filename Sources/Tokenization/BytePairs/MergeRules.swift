/// Merges as files spell them, turned into ids.
enum MergeRules {
  /// - Parameter vocabulary: the spelling of each id; empty for those without one.
  /// - Throws: `VocabularyProblem` for a merge of which a part or the whole is no token.
  static func rules(
    _ merges: [(left: [UInt8], right: [UInt8])], vocabulary: [[UInt8]]
  ) throws -> [BytePairModel.Rule] {
    let lookup = try BytePairModel.table(vocabulary).1
    func id(_ text: [UInt8], _ number: Int) throws -> UInt32 {
      if let id = text.withUnsafeBufferPointer({ lookup.id(of: $0) }) { return id }
      throw VocabularyProblem("merge \(number) needs the token \"\(String(decoding: text, as: UTF8.self))\", which is none")
    }
    return try merges.enumerated().map { number, merge in
      BytePairModel.Rule(
        left: try id(merge.left, number), right: try id(merge.right, number),
        result: try id(merge.left + merge.right, number))
    }
  }
}
