import Foundation

/// The folders that recipes are looked up in by name.
public struct RecipeCatalog: Sendable {
  /// A recipe of a catalog.
  public struct Entry: Equatable, Sendable {
    /// The path inside the folder without `.yaml`: what the commands call it.
    public let name: String
    public let path: String
  }

  /// Searched in order; the first that holds a name wins.
  public let folders: [String]

  public init(folders: [String]) {
    self.folders = folders
  }

  /// `./recipes`, then `$BITNET_RECIPES`, then the `recipes` of the package this executable was built in.
  public static var standard: RecipeCatalog {
    var folders = ["recipes"]
    if let folder = ProcessInfo.processInfo.environment["BITNET_RECIPES"], !folder.isEmpty { folders.append(folder) }
    if let executable = Bundle.main.executableURL?.resolvingSymlinksInPath() {
      // <package>/.build/<triple>/<configuration>/bitnet
      let package = (0..<4).reduce(executable) { url, _ in url.deletingLastPathComponent() }
      folders.append(package.appending(path: "recipes").path)
    }
    return RecipeCatalog(folders: folders)
  }

  /// Every recipe that can be named, sorted by name.
  public func entries() -> [Entry] {
    var pathOfName: [String: String] = [:]
    for folder in folders {
      for name in names(in: folder) where pathOfName[name] == nil {
        pathOfName[name] = "\(folder)/\(name).yaml"
      }
    }
    return pathOfName.sorted { $0.key < $1.key }.map { Entry(name: $0.key, path: $0.value) }
  }

  /// The file that `name` stands for: a path, or the name of an entry with or without `.yaml`.
  /// - Throws: `RecipeCatalogError`.
  public func locate(_ name: String) throws -> String {
    if isFile(name) { return name }
    let stem = name.hasSuffix(".yaml") ? String(name.dropLast(5)) : name
    // A path that does not exist must not become some other folder's recipe of that name.
    if !stem.hasPrefix("/"), !stem.split(separator: "/").contains("..") {
      if let folder = folders.first(where: { isFile("\($0)/\(stem).yaml") }) { return "\(folder)/\(stem).yaml" }
    }
    let known = entries().map(\.name)
    throw RecipeCatalogError.notFound(
      name: name, folders: folders, nearest: KeySuggestions.nearest(to: stem, in: known), known: known)
  }

  /// The text of a recipe file.
  /// - Throws: `RecipeCatalogError`.
  public static func read(_ path: String) throws -> String {
    let data: Data
    do {
      let file = try FileHandle(forReadingFrom: URL(filePath: path))
      defer { try? file.close() }
      // A device has no end.
      data = try file.read(upToCount: RecipeLimits.bytes + 1) ?? Data()
    } catch {
      throw RecipeCatalogError.unreadable(path: path, reason: error.localizedDescription)
    }
    guard data.count <= RecipeLimits.bytes else {
      let reason = "it has more than \(RecipeLimits.bytes) bytes, expected a recipe in YAML; is it another file?"
      throw RecipeCatalogError.unreadable(path: path, reason: reason)
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw RecipeCatalogError.unreadable(path: path, reason: "it is not UTF-8 text")
    }
    return text
  }

  /// What a recipe says it is: the first line of its opening comment.
  public static func title(of text: String) -> String? {
    let line = text.prefix { !$0.isNewline }
    guard line.hasPrefix("#") else { return nil }
    let title = line.drop { $0 == "#" || $0.isWhitespace }
    return title.isEmpty ? nil : String(title)
  }

  private func names(in folder: String) -> [String] {
    let paths = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return paths.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }
  }

  private func isFile(_ path: String) -> Bool {
    var isDirectory: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && !isDirectory.boolValue
  }
}

/// Why a recipe file could not be had.
public enum RecipeCatalogError: Error, Equatable, Sendable, CustomStringConvertible {
  case notFound(name: String, folders: [String], nearest: String?, known: [String])
  case unreadable(path: String, reason: String)

  public var description: String {
    switch self {
    case .notFound(let name, let folders, let nearest, let known):
      let places = folders.joined(separator: ", ")
      let mend =
        nearest.map { "did you mean `\($0)`?" }
        ?? (known.isEmpty ? "try the path of a .yaml file" : "try one of \(known.joined(separator: ", "))")
      return "no recipe `\(name)`: neither a file nor a name in \(places); \(mend)"
    case .unreadable(let path, let reason):
      return "\(path): cannot be read: \(reason)"
    }
  }
}
