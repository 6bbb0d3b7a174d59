import FileFormats
import Foundation
import Kernels

/// Reads files that are nearly right, a million of each kind, and keeps those that the program dies of.
@main
enum FuzzCommand {
  static let kinds: [FuzzKind] = [
    FuzzKind(name: "gguf", type: GGUFKind.self),
    FuzzKind(name: "safetensors", type: SafetensorsKind.self),
    FuzzKind(name: "rows", type: RowsKind.self),
    FuzzKind(name: "recipe", type: RecipeKind.self),
    FuzzKind(name: "tokenizer", type: TokenizerKind.self),
    FuzzKind(name: "template", type: TemplateKind.self),
    FuzzKind(name: "configuration", type: ConfigurationKind.self),
    FuzzKind(name: "archive", type: ArchiveKind.self),
  ]

  static func main() {
    do {
      let options = try FuzzOptions(Array(CommandLine.arguments.dropFirst()))
      let chosen = try kinds(named: options.kinds)
      // Other threads would only wait for each other.
      let isSound = try ThreadPool.$current.withValue(.serial) { try run(chosen, options) }
      exit(isSound ? 0 : 1)
    } catch {
      FileHandle.standardError.write(Data("\(error)\n".utf8))
      exit(error is FuzzUsageError ? 2 : 1)
    }
  }

  /// - Returns: whether there were no findings.
  private static func run(_ kinds: [FuzzKind], _ options: FuzzOptions) throws -> Bool {
    if let folder = options.folder {
      try FuzzLoop(kind: kinds[0], folder: folder, options: options).run(from: options.first)
      return true
    }
    if let input = options.input { return try Replay(kinds[0], URL(filePath: input)).run() }
    var reports: [KindReport] = []
    for kind in kinds {
      let report = try Supervisor(kind, options).run()
      reports.append(report)
      if !options.writesJSON { FileHandle.standardOutput.write(Data((report.line + "\n").utf8)) }
    }
    if options.writesJSON {
      let result = JSONValue.object([
        "seed": .integer(options.seed), "count": .integer(options.count), "kinds": .array(reports.map(\.json)),
      ])
      FileHandle.standardOutput.write(try result.serialized())
    }
    return reports.allSatisfy(\.findings.isEmpty)
  }

  private static func kinds(named names: [String]) throws -> [FuzzKind] {
    try names.isEmpty
      ? kinds
      : names.map { name in
        guard let kind = (kinds + [SelfTestKind.kind]).first(where: { $0.name == name }) else {
          throw FuzzUsageError(
            "there is no kind \"\(name)\", expected one of: \(kinds.map(\.name).joined(separator: ", "))")
        }
        return kind
      }
  }
}
