import CZlib
import Kernels

/// One deflate stream, unpacked by zlib from memory into a sink.
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
    output.deallocate()
  }

  /// Unpacks one stream from the start of `input`, which may go on after it.
  ///
  /// - Returns: the number of input bytes of the stream.
  /// - Throws: ``Failure``, or what `sink` throws.
  func unpack(_ input: UnsafeRawBufferPointer, into sink: (UnsafeRawBufferPointer) throws -> Void) throws -> Int {
    inflateReset(stream)
    var consumed = 0
    while true {
      // zlib counts in 32 bits.
      let slice = UnsafeRawBufferPointer(rebasing: input[consumed..<min(input.count, consumed + 1 << 30)])
      stream.pointee.next_in = UnsafeMutablePointer(
        mutating: slice.baseAddress?.assumingMemoryBound(to: UInt8.self))
      stream.pointee.avail_in = UInt32(slice.count)
      stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_out = UInt32(output.count)

      let status = inflate(stream, Z_NO_FLUSH)
      consumed += slice.count - Int(stream.pointee.avail_in)
      let produced = output.count - Int(stream.pointee.avail_out)
      if produced > 0 { try sink(UnsafeRawBufferPointer(rebasing: output[..<produced])) }

      switch status {
      case Z_STREAM_END: return consumed
      case Z_OK where consumed < input.count || produced == output.count: continue
      case Z_OK, Z_BUF_ERROR: throw Failure.truncated
      default: throw Failure.corrupt(message(of: status))
      }
    }
  }

  private func message(of status: Int32) -> String {
    if let text = stream.pointee.msg { return String(cString: text) }
    return status == Z_NEED_DICT ? "needs a preset dictionary" : "zlib error \(status)"
  }
}
