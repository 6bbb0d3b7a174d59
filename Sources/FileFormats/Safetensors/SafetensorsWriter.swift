import Foundation
import Kernels

/// Writes safetensors files: the same entries give the same bytes, and no tensor is copied into memory first.
///
/// Tensors are sorted by descending alignment, then by name. The order is the reference writer's, byte for byte.
public enum SafetensorsWriter {
  /// One tensor to write.
  public struct Entry {
    /// Receives the next piece of a tensor's bytes.
    public typealias Sink = (UnsafeRawBufferPointer) throws -> Void

    public let name: String
    public let dataType: SafetensorsDataType
    public let shape: [Int]
    let byteCount: Int
    /// Hands the tensor's bytes in pieces to a sink.
    package let produce: (Sink) throws -> Void

    /// - Parameter produce: called once, when the tensor's turn has come; hands its bytes in pieces to the sink.
    public init(
      name: String, dataType: SafetensorsDataType, shape: [Int], produce: @escaping (Sink) throws -> Void
    ) {
      require(name != SafetensorsHeader.metadataKey, "\(name) is not a name for a tensor")
      require(shape.allSatisfy { $0 >= 0 }, "tensor \(name) has the shape \(shape)")
      guard let byteCount = dataType.byteCount(shape: shape) else {
        preconditionFailure("\(dataType.rawValue) tensor \(name) of shape \(shape) has no byte size")
      }
      self.name = name
      self.dataType = dataType
      self.shape = shape
      self.byteCount = byteCount
      self.produce = produce
    }

    /// A tensor that lies in memory; `bytes` must stay valid until the file is written.
    public init(name: String, dataType: SafetensorsDataType, shape: [Int], bytes: UnsafeRawBufferPointer) {
      self.init(name: name, dataType: dataType, shape: shape) { try $0(bytes) }
    }

    public init(name: String, shape: [Int], floats: [Float]) {
      self.init(name: name, dataType: .float32, shape: shape) { sink in try floats.withUnsafeBytes(sink) }
    }

    public init(name: String, shape: [Int], bfloat16s: [BFloat16]) {
      self.init(name: name, dataType: .bfloat16, shape: shape) { sink in try bfloat16s.withUnsafeBytes(sink) }
    }
  }

  /// Writes a new file and waits until the device has it.
  /// - Parameter metadata: stored beside `"format": "pt"`, which transformers asks for.
  /// - Throws: `FileError`, and whatever a `produce` closure throws.
  public static func write(_ entries: [Entry], metadata: [String: String] = [:], to url: URL) throws {
    let ordered = sorted(entries)
    let header = header(ordered, metadata: metadata)
    let total = ordered.reduce(header.count) { $0 + $1.byteCount }
    let file = try OutputFile(creating: url, expectedBytes: total)
    try file.write(header)
    for entry in ordered {
      var written = 0
      try entry.produce { piece in
        written += piece.count
        try file.write(piece)
      }
      require(
        written == entry.byteCount,
        "tensor \(entry.name) of shape \(entry.shape) has \(entry.byteCount) bytes, \(written) were given")
    }
    try file.finish()
  }

  /// The size of the file that `write` would make.
  public static func byteCount(_ entries: [Entry], metadata: [String: String] = [:]) -> Int {
    entries.reduce(header(sorted(entries), metadata: metadata).count) { $0 + $1.byteCount }
  }

  private static func sorted(_ entries: [Entry]) -> [Entry] {
    let ordered = entries.sorted {
      if $0.dataType != $1.dataType { return $0.dataType.rank > $1.dataType.rank }
      return $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
    }
    for (first, second) in zip(ordered, ordered.dropFirst()) {
      require(first.name != second.name, "two tensors are called \(first.name)")
    }
    return ordered
  }

  /// Length and JSON text, padded with spaces so that the data starts at a multiple of 8.
  private static func header(_ ordered: [Entry], metadata: [String: String]) -> [UInt8] {
    let strings = metadata.merging(["format": "pt"]) { given, _ in given }
    let pairs = strings.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
    var members = ["\(quoted(SafetensorsHeader.metadataKey)):{\(pairs.joined(separator: ","))}"]
    var offset = 0
    for entry in ordered {
      let end = offset + entry.byteCount
      let shape = entry.shape.map(String.init).joined(separator: ",")
      members.append(
        "\(quoted(entry.name)):{\"dtype\":\"\(entry.dataType.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var text = Array("{\(members.joined(separator: ","))}".utf8)
    while !text.count.isMultiple(of: 8) { text.append(UInt8(ascii: " ")) }
    return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\u{0}"..<"\u{20}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
