import Dispatch
import Foundation

/// A connection that sends any bytes at all. Its calls wait on threads of their own: the server's work goes on.
package final class RawConnection: Sendable {
  private let descriptor: Int32

  package init(port: Int) async throws {
    descriptor = try await Self.onThread { try Self.connect(port) }
  }

  deinit { close(descriptor) }

  private static func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result
  {
    try await withCheckedThrowingContinuation { continuation in
      Thread { continuation.resume(with: Swift.Result { try body() }) }.start()
    }
  }

  private static func connect(_ port: Int) throws -> Int32 {
    #if canImport(Glibc)
      let stream = Int32(SOCK_STREAM.rawValue)
    #else
      let stream = SOCK_STREAM
    #endif
    let descriptor = socket(AF_INET, stream, 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port).bigEndian)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else { throw POSIXError(.ECONNREFUSED) }
    var limit = timeval(tv_sec: 60, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    return descriptor
  }

  package func send(_ text: String) async throws {
    try await Self.onThread { [self] in
      var rest = ArraySlice(text.utf8)
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        guard count > 0 else { return }
        rest = rest.dropFirst(count)
      }
    }
  }

  /// What comes until the text occurs, or the end.
  package func read(until text: String? = nil) async throws -> String {
    try await Self.onThread { [self] in
      var bytes: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      while true {
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
        bytes += buffer[..<count]
        let soFar = String(decoding: bytes, as: UTF8.self)
        if let text, soFar.contains(text) { return soFar }
      }
    }
  }

  /// Leaves without a word.
  package func leave() { shutdown(descriptor, Int32(SHUT_RDWR)) }
}
