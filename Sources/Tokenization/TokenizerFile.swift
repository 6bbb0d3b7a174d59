import Foundation

/// Reads the files of a tokenizer and says what is wrong with them.
enum TokenizerFile {
  static func read(_ url: URL) throws -> Data {
    do {
      return try Data(contentsOf: url)
    } catch {
      throw TokenizerError.unreadable(path: url.path, reason: "cannot be read (missing, or no permission)")
    }
  }

  static func decode<Value: Decodable>(_ type: Value.Type, from data: Data, path: String) throws -> Value {
    do {
      return try JSONDecoder().decode(type, from: data)
    } catch let error as DecodingError {
      throw TokenizerError.unreadable(path: path, reason: "not a tokenizer file: \(error.summary)")
    }
  }
}

extension DecodingError {
  /// The place in the document and the complaint, on one line.
  fileprivate var summary: String {
    func place(_ context: Context) -> String {
      let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
      return path.isEmpty ? "top level" : path.joined(separator: ".")
    }
    switch self {
    case .keyNotFound(let key, let context): return "\(place(context)): the key \"\(key.stringValue)\" is missing"
    case .typeMismatch(let type, let context): return "\(place(context)): expected \(type)"
    case .valueNotFound(let type, let context): return "\(place(context)): null, expected \(type)"
    case .dataCorrupted(let context): return "\(place(context)): \(context.debugDescription)"
    @unknown default: return "\(self)"
    }
  }
}
