import Foundation
import Recipes
import Testing

/// Finding recipes by path and by name.
@Suite struct RecipeCatalogTests {
  /// Two folders `a` and `b` in a fresh directory, which is removed afterwards.
  private func withFolders(_ body: (URL, RecipeCatalog) throws -> Void) throws {
    let root = FileManager.default.temporaryDirectory.appending(path: "recipes-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    for file in ["a/one.yaml", "a/group/two.yaml", "b/one.yaml", "b/three.yaml", "b/readme.txt"] {
      let url = root.appending(path: file)
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try "# \(file)\n".write(to: url, atomically: false, encoding: .utf8)
    }
    try body(root, RecipeCatalog(folders: [root.path + "/a", root.path + "/b"]))
  }

  @Test func firstFolderWins() throws {
    try withFolders { (root, catalog) throws in
      #expect(catalog.entries().map(\.name) == ["group/two", "one", "three"])
      #expect(try catalog.locate("one") == root.path + "/a/one.yaml")
      #expect(try catalog.locate("three.yaml") == root.path + "/b/three.yaml")
      #expect(try catalog.locate("group/two") == root.path + "/a/group/two.yaml")
    }
  }

  @Test func pathComesBeforeNames() throws {
    try withFolders { (root, catalog) throws in
      #expect(try catalog.locate(root.path + "/b/one.yaml") == root.path + "/b/one.yaml")
    }
  }

  @Test func missingRecipeSaysWhereItWasLookedFor() throws {
    try withFolders { (root, catalog) throws in
      let error = #expect(throws: RecipeCatalogError.self) { try catalog.locate("thre") }
      #expect(
        error?.description
          == "no recipe `thre`: neither a file nor a name in \(root.path)/a, \(root.path)/b; did you mean `three`?")
      #expect(throws: RecipeCatalogError.self) { try catalog.locate("../b/three") }
      #expect(throws: RecipeCatalogError.self) { try catalog.locate(root.path) }
    }
  }

  @Test func unreadableTextIsAnError() throws {
    try withFolders { (root, _) throws in
      let file = root.appending(path: "latin1.yaml")
      try Data([0x23, 0xE9, 0x0A]).write(to: file)
      let error = #expect(throws: RecipeCatalogError.self) { try RecipeCatalog.read(file.path) }
      #expect(error?.description == "\(file.path): cannot be read: it is not UTF-8 text")
    }
  }

  @Test func titleIsTheFirstCommentLine() {
    #expect(RecipeCatalog.title(of: "#  A title.\nrecipe: pretrain\n") == "A title.")
    #expect(RecipeCatalog.title(of: "recipe: pretrain\n# no title\n") == nil)
    #expect(RecipeCatalog.title(of: "#\n") == nil)
  }
}
