import Datasets

/// The pairs that preferences are learnt from.
public protocol PreferencePairs {
  var count: Int { get }
  /// - Throws: what reading the file throws.
  func pair(_ row: Int) throws -> PreferenceExample
  /// The row that is the n-th of a run; a pure function of the number.
  func row(ofSample number: Int) -> Int
}
