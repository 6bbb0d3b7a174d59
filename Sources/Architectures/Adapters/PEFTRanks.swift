import FileFormats

/// The ranks that adapter_config.json announces: `r`, and `rank_pattern` for layers that have another one.
struct PEFTRanks {
  /// `r`.
  let rank: Int
  /// Ranks by regular expression; PEFT takes one that matches the end of a layer's name.
  private let patterns: [String: Int]

  init(_ reader: inout ConfigurationReader) {
    rank = reader.require("r") ?? 1
    if rank < 1 { reader.complain("r is \(rank), expected a rank of at least 1") }
    var patterns: [String: Int] = [:]
    for (key, value) in (reader.object("rank_pattern") ?? [:]).sorted(by: { $0.key < $1.key }) {
      if let rank = value.integerValue, rank > 0 {
        patterns[key] = rank
      } else {
        reader.complain("rank_pattern has \(value.kind) for \"\(key.printable())\", expected a rank of at least 1")
      }
    }
    self.patterns = patterns
  }

  /// What is wrong with the ranks of the tensors, each pair of ranks told once.
  func problems(_ factors: [String: LoRAAdapter.Factors]) -> [String] {
    struct Mismatch: Hashable { let expected: [Int], found: Int }
    var names: [Mismatch: [String]] = [:]
    for (name, factors) in factors {
      let expected = expectedRanks(ofParameter: name)
      if !expected.contains(factors.rank) {
        names[Mismatch(expected: expected.sorted(), found: factors.rank), default: []].append(name)
      }
    }
    return names.map { mismatch, names in
      let others = names.count == 1 ? "" : " (and of \(names.count - 1) more)"
      let expected = mismatch.expected.map { "\($0)" }.joined(separator: " or ")
      return "\(LoRAAdapter.weightsFileName): the factors of \(names.min() ?? "")\(others) have "
        + "rank \(mismatch.found), expected \(expected), as r and rank_pattern of \(LoRAConfiguration.fileName) say"
    }.sorted()
  }

  /// - Parameter name: of a weight, such as `model.layers.0.self_attn.q_proj.weight`.
  /// - Returns: more than one where it cannot be told which pattern PEFT means.
  private func expectedRanks(ofParameter name: String) -> Set<Int> {
    let layer = name.hasSuffix(".weight") ? String(name.dropLast(".weight".count)) : name
    var (certain, possible) = (Set<Int>(), Set<Int>())
    for (pattern, rank) in patterns {
      switch Self.matches(pattern, layer) {
      case true?: certain.insert(rank)
      case nil: possible.insert(rank)
      case false?: break
      }
    }
    return certain.union(possible).union(certain.isEmpty ? [rank] : [])
  }

  /// Whether a pattern that is a name, or the end of one, is that of a layer; nil for a regular expression that is more
  /// than a name. Those of strangers are not run: some take forever.
  private static func matches(_ pattern: String, _ layer: String) -> Bool? {
    let isAnchored = pattern.hasPrefix("^")
    let name = pattern.dropFirst(isAnchored ? 1 : 0).replacing("\\.", with: ".")
    guard name.allSatisfy({ $0.isLetter || $0.isNumber || "._".contains($0) }) else { return nil }
    return layer == name || (!isAnchored && layer.hasSuffix("." + name))
  }
}
