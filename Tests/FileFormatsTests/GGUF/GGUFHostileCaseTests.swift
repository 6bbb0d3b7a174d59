import Foundation
import Testing
import TestSupport

import FileFormats

/// One test per broken file: a change of what is refused, or of the complaint, names the case.
@Suite struct GGUFHostileCaseTests {
  @Test(arguments: GGUFHostileCase.allCases)
  func isRefused(hostile: GGUFHostileCase) throws {
    let directory = try TemporaryDirectory()
    let url = try directory.file("\(hostile).gguf", hostile.parts.bytes)
    #expect(throws: GGUFError(path: url.path, problem: hostile.expected)) { try GGUFFile(url) }
  }

  @Test func thereAre22() { #expect(GGUFHostileCase.allCases.count == 22) }
}
