import ArgumentParser

extension ParsableArguments {
  /// - Parameter value: nil: the option was not given.
  /// - Throws: `ValidationError` that names the option, its range and the value.
  func require(_ option: String, _ value: Int?, in range: ClosedRange<Int>) throws {
    guard let value, !range.contains(value) else { return }
    throw ValidationError("--\(option) must be from \(range.lowerBound) to \(range.upperBound), got \(value)")
  }
}
