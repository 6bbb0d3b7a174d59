import FileFormats
import Foundation

/// What the folder of a training run tells of its training, read without opening a checkpoint.
package struct RunHistory: Sendable {
  /// One text that the model wrote during the run.
  package struct Sample: Equatable, Sendable {
    package let step: Int
    package let prompt: String
    package let text: String
  }

  package typealias Entry = (key: String, value: String)

  package let url: URL
  /// The last part of the path, unless two runs share it.
  package var name: String
  /// One row per logged step, in order.
  package let training: MetricsTable
  /// One row per evaluation.
  package let validation: MetricsTable
  package let samples: [Sample]
  /// The resolved recipe.
  package let recipe: [Entry]
  /// Where the run was trained.
  package let environment: [Entry]
  /// What a reader should know: a torn last line.
  package let notes: [String]

  package static let metricsFileName = "metrics.jsonl"
  package static let recipeFileName = "recipe.yaml"
  package static let samplesFileName = "samples.jsonl"
  package static let environmentFileName = "environment.json"

  /// - Throws: `RunHistoryError`, `FileError`.
  package init(_ url: URL) throws {
    let file = url.appendingPathComponent(Self.metricsFileName)
    guard FileSystem.isDirectory(url), FileSystem.exists(file) else { throw RunHistoryError.noRun(path: url.path) }
    self.url = url
    name = url.standardizedFileURL.lastPathComponent
    var (training, validation) = (MetricsTable(), MetricsTable())
    var lines = try JSONLines(file)
    try lines.forEach { number, value in
      guard let members = value.objectValue, let step = members["step"]?.integerValue else {
        throw RunHistoryError.badLine(path: file.path, line: number, reason: "expected an object with \"step\"")
      }
      if members["loss"] == nil { validation.append(members, step: step) } else { training.append(members, step: step) }
    }
    (self.training, self.validation) = (training, validation)
    var notes = lines.notes
    samples = try Self.samples(url.appendingPathComponent(Self.samplesFileName), &notes)
    recipe = try Self.recipe(url.appendingPathComponent(Self.recipeFileName))
    environment = try Self.environment(url.appendingPathComponent(Self.environmentFileName))
    self.notes = notes
  }

  private static func samples(_ file: URL, _ notes: inout [String]) throws -> [Sample] {
    guard FileSystem.exists(file) else { return [] }
    var samples: [Sample] = []
    var lines = try JSONLines(file)
    try lines.forEach { number, value in
      guard let step = value.objectValue?["step"]?.integerValue,
        let prompt = value.objectValue?["prompt"]?.stringValue, let text = value.objectValue?["text"]?.stringValue
      else {
        throw RunHistoryError.badLine(
          path: file.path, line: number, reason: "expected \"step\", \"prompt\" and \"text\"")
      }
      samples.append(Sample(step: step, prompt: prompt, text: text))
    }
    notes += lines.notes
    return samples
  }

  /// The text that a run writes: groups without indentation, their keys with one.
  private static func recipe(_ file: URL) throws -> [Entry] {
    guard FileSystem.exists(file) else { return [] }
    let text = try MappedFile(file, allowsEmpty: true).withBytes { String(decoding: $0, as: UTF8.self) }
    var (entries, group) = ([Entry](), "")
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let key = line[..<colon].trimmingCharacters(in: .whitespaces)
      let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      let isMember = line.hasPrefix("  ")
      if !isMember { group = value.isEmpty ? key : "" }
      if !value.isEmpty { entries.append((isMember && !group.isEmpty ? "\(group).\(key)" : key, value)) }
    }
    return entries
  }

  private static func environment(_ file: URL) throws -> [Entry] {
    guard FileSystem.exists(file) else { return [] }
    do {
      let value = try MappedFile(file, allowsEmpty: true).withBytes { try JSONParser.parse($0) }
      return (value.objectValue ?? [:]).sorted { $0.key < $1.key }.map { key, value in
        (key.replacing("_", with: " "), value.stringValue ?? value.integerValue.map(String.init) ?? "")
      }
    } catch let error as JSONSyntaxError {
      throw RunHistoryError.badLine(path: file.path, line: 1, reason: "\(error)")
    }
  }
}

/// Rows of numbers by name; what a line of JSON nests has the path as its name: `ternary.gamma.q_proj`.
package struct MetricsTable: Sendable {
  package private(set) var steps: [Int] = []
  private var columns: [String: [(row: Int, value: Double)]] = [:]
  private var order: [String] = []

  package var keys: [String] { order }
  package var isEmpty: Bool { steps.isEmpty }

  mutating func append(_ members: [String: JSONValue], step: Int) {
    steps.append(step)
    add(.object(members), "")
  }

  private mutating func add(_ value: JSONValue, _ path: String) {
    func name(_ part: String) -> String { path.isEmpty ? part : "\(path).\(part)" }
    switch value {
    case .object(let members):
      for (key, member) in members.sorted(by: { $0.key < $1.key }) { add(member, name(key)) }
    case .array(let elements): for (index, element) in elements.enumerated() { add(element, name("\(index)")) }
    case .integer(let number): add(Double(number), path)
    case .number(let number): add(number, path)
    case .string, .boolean, .null: break
    }
  }

  private mutating func add(_ value: Double, _ key: String) {
    guard key != "step", value.isFinite else { return }
    if columns[key] == nil { order.append(key) }
    columns[key, default: []].append((steps.count - 1, value))
  }

  /// The values of a column with their steps.
  package func values(_ key: String) -> [(step: Int, value: Double)] {
    (columns[key] ?? []).map { (steps[$0.row], $0.value) }
  }

  package func last(_ key: String) -> Double? { columns[key]?.last?.value }

  package func least(_ key: String) -> Double? { columns[key]?.map(\.value).min() }

  /// Every row with a value, or nil, for each key.
  func rows() -> [[Double?]] {
    var rows = [[Double?]](repeating: [Double?](repeating: nil, count: order.count), count: steps.count)
    for (column, key) in order.enumerated() {
      for (row, value) in columns[key] ?? [] { rows[row][column] = value }
    }
    return rows
  }
}

/// The lines of a file that a run appends to.
private struct JSONLines {
  private let file: MappedFile
  private(set) var notes: [String] = []

  init(_ url: URL) throws { file = try MappedFile(url, allowsEmpty: true) }

  /// - Throws: `RunHistoryError` for a line that is no JSON, unless it is the last and has no end: it is being written.
  mutating func forEach(_ body: (Int, JSONValue) throws -> Void) throws {
    let bytes = file.withBytes { Array($0) }
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() where !line.isEmpty {
      do {
        try body(index + 1, line.withUnsafeBytes { try JSONParser.parse($0) })
      } catch let error as JSONSyntaxError {
        guard index == lines.count - 1 else {
          throw RunHistoryError.badLine(path: file.url.path, line: index + 1, reason: "\(error)")
        }
        notes.append("\(file.url.path): the last line is not complete and left out")
      }
    }
  }
}

/// Why the history of a run cannot be read.
package enum RunHistoryError: Error, Equatable, CustomStringConvertible {
  case noRun(path: String)
  case badLine(path: String, line: Int, reason: String)
  case isNoRunFolder(path: String, holds: String)
  case isLink(path: String)

  package var description: String {
    switch self {
    case .noRun(let path):
      "\(path): holds no \(RunHistory.metricsFileName), so it is no run. Name the output_dir of a recipe that was trained."
    case .badLine(let path, let line, let reason):
      "\(path):\(line): \(reason). Lines of this file are written by training alone; remove the line to go on without it."
    case .isLink(let path):
      "\(path): is a link; name the folder that it stands for. Nothing was removed."
    case .isNoRunFolder(let path, let holds):
      "\(path): holds \(holds), which no run writes; nothing was removed. Remove the folder by hand if you mean it."
    }
  }
}
