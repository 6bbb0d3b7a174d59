import CZlib
import Kernels

/// One deflate stream, unpacked by zlib from a file into a sink.
final class Inflater {
  enum Wrapping {
    /// A gzip member with header and checksum (RFC 1952).
    case gzip
    /// Deflate data alone (RFC 1951), as in zip archives.
    case raw
  }

  enum Failure: Error {
    /// The input ends before the stream does.
    case truncated
    case corrupt(String)
  }

  /// zlib keeps a pointer back to this structure, so it must not move.
  private let stream: UnsafeMutablePointer<z_stream>
  private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
  private let output = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)

  init(_ wrapping: Wrapping) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let windowBits: Int32 = wrapping == .gzip ? 16 + MAX_WBITS : -MAX_WBITS
    let status = inflateInit2_(stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    require(status == Z_OK, "zlib does not start (\(status)): built against \(ZLIB_VERSION)")
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    input.deallocate()
    output.deallocate()
  }

  /// Unpacks one stream from the start of `range`, which may go on after it.
  ///
  /// - Returns: the number of input bytes of the stream.
  /// - Throws: ``Failure``, `CorpusError` when the file cannot be read, or what `sink` throws.
  func unpack(
    _ file: SourceFile, _ range: Range<Int>, into sink: (UnsafeRawBufferPointer) throws -> Void
  ) throws -> Int {
    inflateReset(stream)
    stream.pointee.avail_in = 0
    var position = range.lowerBound
    while true {
      if stream.pointee.avail_in == 0 { position += try refill(from: file, position..<range.upperBound) }
      stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_out = UInt32(output.count)

      let status = inflate(stream, Z_NO_FLUSH)
      let consumed = position - range.lowerBound - Int(stream.pointee.avail_in)
      let produced = output.count - Int(stream.pointee.avail_out)
      if produced > 0 { try sink(UnsafeRawBufferPointer(rebasing: output[..<produced])) }

      switch status {
      case Z_STREAM_END: return consumed
      case Z_OK where consumed < range.count || produced == output.count: continue
      case Z_OK, Z_BUF_ERROR: throw Failure.truncated
      default: throw Failure.corrupt(message(of: status))
      }
    }
  }

  /// - Returns: the bytes that were read.
  private func refill(from file: SourceFile, _ range: Range<Int>) throws -> Int {
    let block = UnsafeMutableRawBufferPointer(rebasing: input[..<min(input.count, range.count)])
    try file.read(at: range.lowerBound, into: block)
    stream.pointee.next_in = block.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_in = UInt32(block.count)
    return block.count
  }

  private func message(of status: Int32) -> String {
    if let text = stream.pointee.msg { return String(cString: text) }
    return status == Z_NEED_DICT ? "needs a preset dictionary" : "zlib error \(status)"
  }
}
