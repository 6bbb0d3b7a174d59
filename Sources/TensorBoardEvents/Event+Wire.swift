import Foundation
import SwiftProtobuf

extension Event {
  package func serialized() throws -> [UInt8] {
    var wire = WireEvent()
    wire.wallTime = wallTime
    wire.step = Int64(step)
    switch content {
    case .fileVersion(let version): wire.fileVersion = version
    case .sessionStart: wire.sessionLog.status = .start
    case .values(let values): wire.summary.values = values.map(\.wire)
    case .other: break
    }
    return try wire.serializedBytes()
  }

  /// nil for bytes that are no event.
  package init?(_ bytes: UnsafeRawBufferPointer) {
    guard let wire = try? WireEvent(serializedBytes: Array(bytes)), let step = Int(exactly: wire.step) else {
      return nil
    }
    let content: Content =
      switch wire.content {
      case .fileVersion(let version): .fileVersion(version)
      case .sessionLog(let log): log.status == .start ? .sessionStart : .other
      case .summary(let summary): .values(summary.values.compactMap(EventValue.init))
      case nil: .other
      }
    self.init(step: step, wallTime: wire.wallTime, content)
  }
}

extension EventValue {
  private static let textPlugin = "text"

  fileprivate var wire: WireSummary.Value {
    var value = WireSummary.Value()
    value.tag = tag
    if !description.isEmpty { value.metadata.description_p = description }
    switch content {
    case .scalar(let number): value.simpleValue = number
    case .histogram(let histogram): value.histogram = histogram.wire
    case .text(let text):
      // Without the name TensorBoard would not know which of its pages shows a tensor of strings.
      value.metadata.plugin.name = Self.textPlugin
      value.tensor.dataType = .string
      value.tensor.shape.dimensions = [.with { $0.size = 1 }]
      value.tensor.strings = [Data(text.utf8)]
    }
    return value
  }

  fileprivate init?(_ wire: WireSummary.Value) {
    let content: Content
    switch wire.content {
    case .simpleValue(let number): content = .scalar(number)
    case .histogram(let histogram): content = .histogram(EventHistogram(histogram))
    case .tensor(let tensor):
      guard tensor.dataType == .string, let text = tensor.strings.first else { return nil }
      content = .text(String(decoding: text, as: UTF8.self))
    case nil: return nil
    }
    self.init(wire.tag, description: wire.metadata.description_p, content)
  }
}

extension EventHistogram {
  fileprivate var wire: WireHistogram {
    .with {
      ($0.minimum, $0.maximum, $0.count) = (minimum, maximum, Double(count))
      ($0.sum, $0.sumOfSquares) = (sum, sumOfSquares)
      ($0.bucketLimits, $0.bucketCounts) = (buckets.map(\.limit), buckets.map { Double($0.count) })
    }
  }

  fileprivate init(_ wire: WireHistogram) {
    self.init(
      minimum: wire.minimum, maximum: wire.maximum, count: Int(exactly: wire.count) ?? 0, sum: wire.sum,
      sumOfSquares: wire.sumOfSquares,
      buckets: zip(wire.bucketLimits, wire.bucketCounts).map { Bucket(limit: $0, count: Int(exactly: $1) ?? 0) })
  }
}
