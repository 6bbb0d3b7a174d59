import Datasets
import Foundation
import Testing
import Tokenization

/// The examples of data/FORMATS.md are what they are said to be.
@Suite struct FormatsPageTests {
  @Test func everyExampleHasTheShapeOfItsHeading() throws {
    let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appending(path: "data/FORMATS.md")
    var fixture = try InstructionFixture()
    fixture.template = .bitnet
    var shown: Set<InstructionConfiguration.Format> = [.auto]
    for section in try String(contentsOf: page, encoding: .utf8).components(separatedBy: "\n## ").dropFirst() {
      let parts = section.components(separatedBy: "```")
      if section.hasPrefix("labelled\n") {
        let path = try fixture.write(String(parts[1].dropFirst("json".count)))
        #expect(try fixture.openLabelled(path).labels == [true, false, true])
        continue
      }
      guard let format = InstructionConfiguration.Format(rawValue: String(section.prefix { $0 != "\n" })) else {
        #expect(parts.count == 1)
        continue
      }
      shown.insert(format)
      let path = try fixture.write(String(try #require(parts.count == 3 ? parts[1] : nil).dropFirst("json".count)))
      if format == .preference {
        #expect(try fixture.openPairs(path).count == 7)
      } else {
        let dataset = try fixture.open(path)
        #expect(dataset.format == format && dataset.count == 3)
      }
    }
    #expect(shown == Set(InstructionConfiguration.Format.allCases))
  }
}
