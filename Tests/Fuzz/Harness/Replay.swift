import Foundation

/// Reads one kept input in this process, for a debugger or a backtrace.
struct Replay {
  private let kind: FuzzKind
  private let input: URL

  init(_ kind: FuzzKind, _ input: URL) { (self.kind, self.input) = (kind, input) }

  /// - Returns: whether the input was read or refused; it may also end the process.
  func run() throws -> Bool {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "bitnet-fuzz-replay-\(getpid())", directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let forms = try kind.type.forms(in: folder)
    guard let form = forms.first(where: { input.lastPathComponent.hasSuffix(InputForm.plainName($0.fileName)) }) else {
      let names = forms.map { InputForm.plainName($0.fileName) }.joined(separator: ", ")
      throw FuzzUsageError("\(input.path): its name says not what it is; expected one that ends with \(names)")
    }
    let bytes = try Array(Data(contentsOf: input))
    let file = try InputFile(folder.appending(path: form.fileName))
    try file.write(bytes)
    let start = ContinuousClock.now
    do {
      try form.read(file.url, bytes)
      print("accepted in \(ContinuousClock.now - start)")
    } catch {
      print("refused in \(ContinuousClock.now - start) by \(type(of: error)): \(error)")
    }
    return true
  }
}
