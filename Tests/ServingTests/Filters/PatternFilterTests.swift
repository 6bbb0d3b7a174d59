import Foundation
import Kernels
import Serving
import TestSupport
import Testing

/// Files of patterns, and what they find.
@Suite struct PatternFilterTests {
  private func filter(_ lines: String...) throws -> PatternFilter {
    try PatternFilter(text: lines.joined(separator: "\n"), file: "filter.txt")
  }

  @Test(arguments: [
    ("replace cat", "Cats and CATS, concatenated", "[removed]s and [removed]S, con[removed]enated"),
    (#"replace \bcat\b"#, "cat cats a cat", "[removed] cats a [removed]"),
    (#"replace \d{3}-\d{2,4}"#, "call 555-12345 or 55-1234", "call [removed]5 or 55-1234"),
    ("replace (mail|mailbox|box)", "mailbox", "[removed]"), ("replace colou?r", "color colour", "[removed] [removed]"),
    ("replace [a-c][^a-c]", "ab az", "a[removed][removed]"), (#"replace a\.b"#, "a.b axb", "[removed] axb"),
    (#"replace [\w.]{1,9}@\w{1,9}"#, "to x.y@host!", "to [removed]!"),
    ("replace größe", "GRÖSSE GRÖßE", "GRÖSSE [removed]"),
    ("replace .{3}", "abcdefgh", "[removed][removed]gh"),
    (#"replace <script[^>]{0,20}>"#, "a<SCRIPT src=x>b", "a[removed]b"),
    ("replace (?:a|b){2}c", "abc aabbc", "[removed] aa[removed]"),
    ("replace a\nreplace ab", "ab a", "[removed] [removed]"),
  ])
  func findingsAreReplaced(rule: String, text: String, result: String) throws {
    #expect(try PatternFilter(text: rule, file: "f").verdict(on: text) == .replaced(result))
  }

  @Test func refusalsEndATextAndOthersPass() throws {
    let filter = try filter("# words", "", "refuse secret plan", "replace secret", "refuse secret")
    #expect(filter.verdict(on: "nothing here") == .allowed)
    #expect(filter.verdict(on: "a SECRET") == .refused(before: "a "))
    #expect(filter.verdict(on: "") == .allowed)
    #expect(try self.filter("replace ab", "refuse abc").verdict(on: "xabcab") == .refused(before: "x"))
  }

  @Test(arguments: [
    ("nonsense", "expected `refuse PATTERN`"), ("refuse", "expected `refuse PATTERN`"), ("drop a", "expected"),
    ("refuse a*", "character 2 of the pattern: * has no greatest number"),
    ("refuse (a+)+", "character 3 of the pattern"),
    ("refuse a{2,}", "has no greatest number"), ("refuse a{3,2}", "m no larger than n"),
    ("refuse a{0}", "expected {n}"),
    ("refuse ^a", "no anchors"), ("refuse a$", "no anchors"), (#"refuse (a)\1"#, #"\1 is not known"#),
    ("refuse (?=a)b", "(?:…) alone"), ("refuse (a", "a ( has no )"), ("refuse a)", "without its ("),
    ("refuse [a", "a [ has no ]"), ("refuse [z-a]", "in their order"), (#"refuse a\"#, "a backslash stands at the end"),
    ("refuse a?", "found where there is nothing"), (#"refuse \b"#, "found where there is nothing"),
    ("refuse (a|)", "found where there is nothing"), ("refuse a??", "two numbers"), ("refuse ?", "nothing for ?"),
    ("refuse a{257}", "longer than 256"), ("refuse ((a{99}){99}){99}", "longer than 256"),
    ("refuse a{99999}", "up to 1000"), ("refuse (((a?){1000}){1000}){1000}b", "longer than 256"),
  ])
  func whatIsWrongIsToldByLine(line: String, text: String) {
    let error = #expect(throws: PatternFileError.self) { try filter("# one", line) }
    #expect(error?.line == 2 && error?.description.hasPrefix("filter.txt:2: ") == true)
    #expect(error?.problem.contains(text) == true, "\(line): \(error?.problem ?? "")")
  }

  @Test func filesAreReadAndEmptyOnesRefused() throws {
    let directory = try TemporaryDirectory()
    let file = directory.url.appendingPathComponent("filter")
    try Data("refuse a\r\n".utf8).write(to: file)
    #expect(try PatternFilter(file: file.path).verdict(on: "b a") == .refused(before: "b "))
    try Data("# nothing\n".utf8).write(to: file)
    #expect(throws: PatternFileError.self) { try PatternFilter(file: file.path) }
    #expect(throws: PatternFileError.self) {
      try filter("refuse " + String(repeating: "(", count: 10_000))
    }
    #expect(throws: PatternFileError.self) {
      try filter(String(repeating: "refuse (a|b){256}\n", count: 1000))
    }
  }

  /// The engines of other languages would take years for these.
  @Test(.timeLimit(.minutes(1))) func noTextTakesLong() throws {
    let filter = try filter("refuse (a?){100}b{1}", "refuse ((a|aa){1,10}){1,10}c", "replace (x|xx|xxx){1,50}y")
    #expect(filter.verdict(on: String(repeating: "a", count: 20_000)) == .allowed)
    #expect(filter.verdict(on: String(repeating: "x", count: 20_000)) == .allowed)
    let words = try self.filter((0..<500).map { "refuse \\bword\($0)\\b" }.joined(separator: "\n"))
    #expect(words.verdict(on: String(repeating: "all is well here, says everybody. ", count: 30_000)) == .allowed)
  }

  @Test func piecesMakeTheSameTextHoweverTheyAreCut() throws {
    let filter = try filter(
      #"replace \bab{1,3}\b"#, "replace [bc]{2,6}d", #"refuse ddd"#, "replace a c", #"replace (a|ba|cab)\w"#)
    var random = RandomStream(seed: 4, purpose: .sampling)
    for _ in 0..<400 {
      let text = String(
        (0..<Int.random(in: 0..<60, using: &random)).map { _ in "aabbccd é".randomElement(using: &random)! })
      var (filtered, passed, rest) = (FilteredText(filter), "", text[...])
      while !rest.isEmpty {
        let piece = rest.prefix(Int.random(in: 1...7, using: &random))
        passed += filtered.append(String(piece))
        rest = rest.dropFirst(piece.count)
      }
      passed += filtered.finish()
      switch filter.verdict(on: text) {
      case .allowed: #expect(passed == text && !filtered.isRefused)
      case .replaced(let whole): #expect(passed == whole && !filtered.isRefused)
      case .refused(let before): #expect(passed == before && filtered.isRefused)
      }
    }
  }

  @Test func nothingIsHeldBackLongerThanNeeded() throws {
    var filtered = FilteredText(try filter("refuse abc"))
    #expect(filtered.append("xyzab") == "xy" && filtered.append("d") == "z" && filtered.finish() == "abd")
  }
}
