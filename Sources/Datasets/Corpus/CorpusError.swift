/// Why a corpus cannot be used.
public enum CorpusError: Error, Equatable, Sendable {
  case missing(path: String)
  case directory(path: String)
  /// - Parameter reason: the system's words, or what kind of file it is.
  case unreadable(path: String, reason: String)
  /// The file, or what it unpacks to, has no bytes.
  case empty(path: String)
  /// The compressed data ends too early; `unpackedBytes` were good until there.
  case truncated(path: String, format: String, unpackedBytes: Int)
  /// The compressed data contradicts itself.
  case corrupt(path: String, format: String, reason: String)
  /// The CRC-32 of the unpacked bytes is not the one stored in the file.
  case wrongChecksum(path: String, format: String, stored: UInt32, computed: UInt32)
  /// The file was written to after it had been opened.
  case changed(path: String, expectedBytes: Int, foundBytes: Int)
  /// What is in the file is not text.
  /// - Parameter advice: what makes text of it.
  case notText(path: String, found: String, advice: String)
  /// A zip archive must hold exactly one file; these are in it.
  case notOneEntry(path: String, entries: [String])
  /// Compressed or encrypted in a way that is not read here.
  case unsupported(path: String, reason: String, advice: String)
  case cannotUnpack(path: String, into: String, reason: String)
  case rangePastEnd(path: String, range: ByteRange, byteCount: Int)
  case rangeTooShort(path: String, range: ByteRange, neededBytes: Int, byteCount: Int)
  /// The tokens of a range are fewer than one window and the token that follows it.
  case tooFewTokens(path: String, range: Range<Int>, needed: Int, count: Int)
  /// The ids of the tokens fit neither into the cache folder nor into a temporary file.
  case cannotKeepTokens(path: String, folder: String, temporary: String, reason: String)
}

extension CorpusError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .missing(let path):
      """
      \(path): there is no such file. Expected a text file (plain, .gz or .zip); check the path, which is taken \
      relative to the current directory, or fetch the data first, as in `bitnet data fetch enwik8`.
      """
    case .directory(let path):
      "\(path): is a directory. Expected one text file (plain, .gz or .zip); name a file inside it."
    case .unreadable(let path, let reason):
      "\(path): cannot be read (\(reason)). Expected a readable regular file; check its permissions."
    case .empty(let path):
      "\(path): holds no bytes. Expected text; check how the file was made."
    case .truncated(let path, let format, let unpackedBytes):
      """
      \(path): the \(format) data ends too early, after \(unpackedBytes) unpacked bytes. Expected a complete file; \
      copy or download it again.
      """
    case .corrupt(let path, let format, let reason):
      "\(path): the \(format) data is damaged (\(reason)). Expected an intact file; copy or download it again."
    case .wrongChecksum(let path, let format, let stored, let computed):
      """
      \(path): the unpacked bytes have CRC-32 \(hexadecimal(computed)), the \(format) file says \
      \(hexadecimal(stored)). Expected both to agree; copy or download it again.
      """
    case .changed(let path, let expected, let found):
      """
      \(path): was changed while it was in use: it had \(expected) bytes when it was opened and \
      \(found == expected ? "was written to since" : "has \(found) now"). Expected a file that stays as it is; bring it \
      back and begin again (a training run goes on with --resume).
      """
    case .notText(let path, let found, let advice):
      """
      \(path): is \(found). Expected text in UTF-8; \(advice). To take its bytes as they are: dataset.force: true in a \
      recipe, or --force.
      """
    case .notOneEntry(let path, let entries):
      notOneEntryDescription(path, entries)
    case .unsupported(let path, let reason, let advice):
      "\(path): \(reason). Expected plain text, .gz, or .zip with one stored or deflated file; \(advice)."
    case .cannotUnpack(let path, let directory, let reason):
      """
      \(path): cannot be unpacked into a temporary file in \(directory) (\(reason)). Expected room for the unpacked \
      text; free some space, or set TMPDIR to a directory on a larger disk.
      """
    case .rangePastEnd(let path, let range, let byteCount):
      """
      \(path): the range \(range) reaches past the end. Expected a range within 0:\(byteCount), the bytes of the \
      text; shorten the range, or leave its end open ("\(range.lowerBound < byteCount ? range.lowerBound : 0):").
      """
    case .rangeTooShort(let path, let range, let neededBytes, let byteCount):
      """
      \(path): the range \(range) holds \(byteCount) bytes. Expected at least \(neededBytes); widen the range, or use \
      a longer text.
      """
    case .tooFewTokens(let path, let range, let needed, let count):
      """
      \(path): the range \(range.lowerBound):\(range.upperBound) holds \(count) tokens. Expected at least \(needed), \
      one window and the token that follows it; widen the range, shorten max_seq_len, or use a longer text.
      """
    case .cannotKeepTokens(let path, let folder, let temporary, let reason):
      """
      \(path): there is no room for its tokens, neither in \(folder) nor in a temporary file in \(temporary) \
      (\(reason)). Expected 2 bytes for each token, 4 with more than 65536 of them; free some space, or set \
      XDG_CACHE_HOME to a folder on a larger disk.
      """
    }
  }

  private func hexadecimal(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  private func notOneEntryDescription(_ path: String, _ entries: [String]) -> String {
    guard !entries.isEmpty else {
      return "\(path): the zip archive holds no file. Expected exactly one; check how the archive was made."
    }
    let shown = entries.prefix(10).joined(separator: ", ")
    let rest = entries.count > 10 ? ", and \(entries.count - 10) more" : ""
    return """
      \(path): the zip archive holds \(entries.count) files: \(shown)\(rest). Expected exactly one; unpack the archive \
      and name the file you want.
      """
  }
}
