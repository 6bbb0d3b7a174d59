#if Server
  import FileFormats
  import HTTPTypes
  import Foundation
  import Hummingbird
  import NIOHTTP1

  extension Request {
    /// The body, which must say that it is JSON: a page of another site can send what it likes but that.
    /// - Throws: `APIError`, `JSONSyntaxError`.
    func json(limit: Int, within time: Duration) async throws -> JSONDocument {
      let type = headers[.contentType]
      let name = type?.split(separator: ";").first?.trimmingCharacters(in: .whitespaces).lowercased()
      guard name == "application/json" else { throw APIError.wrongContentType(type) }
      if let length = headers[.contentLength].flatMap(Int.init), length > limit {
        throw APIError.bodyTooLarge(limit: limit)
      }
      let body = body
      let bytes = try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
        group.addTask { try await body.bytes(limit: limit) }
        group.addTask {
          try await Task.sleep(for: time)
          return nil
        }
        defer { group.cancelAll() }
        return try await group.next() ?? nil
      }
      guard let bytes else { throw APIError.bodyTimedOut }
      return try JSONDocument(bytes)
    }
  }

  extension RequestBody {
    fileprivate func bytes(limit: Int) async throws -> [UInt8] {
      var bytes: [UInt8] = []
      do {
        for try await buffer in self {
          bytes += buffer.readableBytesView
          guard bytes.count <= limit else { throw APIError.bodyTooLarge(limit: limit) }
        }
      } catch let error as HTTPParserError {
        throw APIError.invalid("the body of the request is broken or ends early: \(error).", code: "invalid_http")
      }
      return bytes
    }
  }
#endif
