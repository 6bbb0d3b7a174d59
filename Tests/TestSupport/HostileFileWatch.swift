import Foundation
import Kernels

/// Measures what reading hostile files takes: no single one more than a second, nor more memory than the file's size and
/// 64 MB. For a process that does nothing else.
package final class HostileFileWatch {
  private static let allowance = 64 << 20
  private let fileBytes: Int
  private let start: Int
  package private(set) var slowest = Duration.zero

  package init(fileBytes: Int) {
    self.fileBytes = fileBytes
    start = Self.peakBytes
  }

  package func time<Result>(_ body: () throws -> Result) rethrows -> Result {
    let begin = ContinuousClock.now
    defer { slowest = max(slowest, ContinuousClock.now - begin) }
    return try body()
  }

  /// Which bounds were exceeded, and by what.
  package var problems: [String] {
    var problems: [String] = []
    if slowest >= .seconds(1) { problems.append("the slowest file took \(slowest)") }
    let taken = Self.peakBytes - start
    if taken > fileBytes + Self.allowance { problems.append("\(taken) bytes for a file of \(fileBytes)") }
    return problems
  }

  /// The most address space so far: what was asked for, whether or not it was touched. Sanitizers reserve terabytes of
  /// their own, so that with them, as on systems that do not tell, it is the most resident memory.
  private static var peakBytes: Int {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmPeak:") }),
      let kilobytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) }),
      kilobytes < 1 << 30
    else { return ProcessMemory.peakResidentBytes }
    return kilobytes * 1024
  }
}
