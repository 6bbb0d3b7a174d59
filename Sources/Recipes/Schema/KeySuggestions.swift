/// What the writer of an unknown key most likely meant.
package enum KeySuggestions {
  /// The path of the right key, e.g. `optimizer.lr` for `learning_rate`; nil when none is near.
  package static func path(for unknownPath: String) -> String? {
    let parts = unknownPath.split(separator: ".").map(String.init)
    guard let name = parts.last else { return nil }
    if RecipeSchema.paths.contains(unknownPath) || RecipeSchema.groups.contains(unknownPath) { return unknownPath }
    if let path = RecipeSchema.foreignNames[name.lowercased()] { return path }
    if let path = misplaced(name) { return path }
    return nearest(to: unknownPath, in: RecipeSchema.paths + RecipeSchema.groups)
      ?? nearest(to: name, in: RecipeSchema.paths) { $0.split(separator: ".").last.map(String.init) ?? $0 }
  }

  /// The candidate with the fewest edits, if these are few for the length of `text`.
  static func nearest(
    to text: String, in candidates: [String], comparing name: (String) -> String = { $0 }
  ) -> String? {
    let text = Array(text.lowercased())
    let allowedEdits = max(1, text.count / 4)
    let distances = candidates.compactMap { candidate -> (String, Int)? in
      let name = Array(name(candidate))
      // As many edits are needed at least; a text may be long.
      guard abs(name.count - text.count) <= allowedEdits else { return nil }
      return (candidate, editDistance(text, name))
    }
    return distances.filter { $0.1 <= allowedEdits }.min { $0.1 < $1.1 }?.0
  }

  /// A right name in the wrong mapping, when it is right in one place only.
  private static func misplaced(_ name: String) -> String? {
    let homes = RecipeSchema.paths.filter { $0 == name || $0.hasSuffix("." + name) }
    return homes.count == 1 ? homes[0] : nil
  }

  /// Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment).
  private static func editDistance(_ left: [Character], _ right: [Character]) -> Int {
    var beforePrevious = [Int](repeating: 0, count: right.count + 1)
    var previous = Array(0...right.count)
    for row in left.indices {
      var current = [row + 1]
      for column in right.indices {
        let isSame = left[row] == right[column]
        var distance = min(previous[column] + (isSame ? 0 : 1), previous[column + 1] + 1, current[column] + 1)
        if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
          distance = min(distance, beforePrevious[column - 1] + 1)
        }
        current.append(distance)
      }
      (beforePrevious, previous) = (previous, current)
    }
    return previous[right.count]
  }
}
