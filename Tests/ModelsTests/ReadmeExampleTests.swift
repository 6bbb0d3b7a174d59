import Foundation
import Testing

/// The README's library example is the file in Examples/, word for word, and it learns.
@Suite struct ReadmeExampleTests {
  @Test func multilayerPerceptronLearnsXOR() {
    let (first, last) = learnXOR()
    #expect(first > 0.3, "the task is not learnt before training starts: loss \(first)")
    #expect(last < 0.05, "loss \(first) fell to \(last) only")
  }

  @Test func readmeShowsTheCompiledFile() throws {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let example = try String(contentsOf: tests.appending(path: "Examples/MultilayerPerceptron.swift"), encoding: .utf8)
    let readme = try String(contentsOf: tests.appending(path: "../../README.md"), encoding: .utf8)
    let isShown = readme.contains("```swift\n" + example + "```\n")
    #expect(isShown, "README.md does not show Examples/MultilayerPerceptron.swift")
  }
}
