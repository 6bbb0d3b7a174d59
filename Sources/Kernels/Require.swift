/// Stops the program with a message when its author broke the rules of an operation, e.g. on shapes.
///
/// Unlike `precondition`, whose text is dropped by the optimiser, it says what was wrong in release builds too, and
/// those are the ones that train.
@inline(__always)
package func require(
  _ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String,
  file: StaticString = #fileID, line: UInt = #line
) {
  guard condition() else { fatalError(message(), file: file, line: line) }
}
