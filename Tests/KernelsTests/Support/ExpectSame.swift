import Testing

/// Expects equal arrays; says where they differ first. `#expect` on whole arrays prints and compares them at length.
func expectSame<Element: Equatable>(
  _ got: [Element], _ expected: [Element], _ what: @autoclosure () -> String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard got != expected else { return }
  let difference =
    got.count == expected.count
    ? got.indices.first { got[$0] != expected[$0] }.map { "element \($0) is \(got[$0]), not \(expected[$0])" } ?? ""
    : "\(got.count) elements, not \(expected.count)"
  Issue.record("\(what()): \(difference)", sourceLocation: sourceLocation)
}
