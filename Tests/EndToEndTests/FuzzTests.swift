import FileFormats
import Foundation
import TestSupport
import Testing

/// The fuzzer that `make fuzz` runs: that it reads every kind of input, and that it notices and keeps what goes wrong.
@Suite struct FuzzTests {
  private func fuzz(_ arguments: [String], crashes: TemporaryDirectory) throws -> CommandLineTool.Result {
    try CommandLineTool.run(arguments + ["--crashes", crashes.path("kept")], of: CommandLineTool.executable("fuzz"))
  }

  private func kinds(_ result: CommandLineTool.Result) throws -> [JSONValue] {
    try #require(JSONParser.parse(result.output)["kinds"]?.arrayValue, "\(result.errors)")
  }

  @Test func everyKindIsReadAndRefused() throws {
    let crashes = try TemporaryDirectory()
    let result = try fuzz(["--count", "150", "--json"], crashes: crashes)
    #expect(result.exitCode == 0, "\(result.output)")
    let kinds = try kinds(result)
    #expect(kinds.count == 8)
    for kind in kinds {
      #expect(kind["read"] == .integer(150))
      #expect(kind["findings"] == .array([]), "\(kind)")
      for outcome in ["accepted", "refused"] { #expect(kind[outcome]?.integerValue ?? 0 > 3, "\(outcome) of \(kind)") }
    }
  }

  @Test func theSameSeedGivesTheSameInputs() throws {
    let crashes = try TemporaryDirectory()
    func counts(seed: Int) throws -> [Int?] {
      let arguments = ["configuration", "--count", "400", "--seed", "\(seed)", "--json"]
      let kind = try kinds(fuzz(arguments, crashes: crashes))[0]
      return [kind["accepted"]?.integerValue, kind["refused"]?.integerValue]
    }
    #expect(try counts(seed: 7) == counts(seed: 7))
    #expect(try counts(seed: 7) != counts(seed: 8))
  }

  @Test func whatGoesWrongIsKeptAndTheRunGoesOn() throws {
    let crashes = try TemporaryDirectory()
    let result = try fuzz(["selftest", "--count", "20", "--json"], crashes: crashes)
    #expect(result.exitCode == 1)
    let kind = try kinds(result)[0]
    let findings = try #require(kind["findings"]?.arrayValue)
    let problems = findings.compactMap { $0["problem"]?.stringValue }
    #expect(problems.contains { $0.hasPrefix("signal ") } && problems.contains { $0.contains("CocoaError") })
    #expect(kind["read"] == .integer(20))
    for finding in findings {
      let file = try #require(finding["file"]?.stringValue)
      let isCrash = finding["problem"]?.stringValue?.hasPrefix("signal ") == true
      #expect(try String(contentsOfFile: file, encoding: .utf8) == (isCrash ? "c" : "d"))
      let again = try fuzz(["selftest", "--input", file], crashes: crashes)
      #expect(isCrash ? again.exitCode > 2 : again.output.hasPrefix("refused in "), "\(again)")
    }
  }

  @Test func argumentsThatMeanNothingAreRefused() throws {
    let crashes = try TemporaryDirectory()
    for (arguments, text) in [
      (["nothing"], "there is no kind \"nothing\", expected one of: gguf"), (["--count", "x"], "--count is \"x\""),
      (["--speed"], "unknown option --speed"), (["rows", "--input", "/x"], "its name says not what it is"),
    ] {
      let result = try fuzz(arguments, crashes: crashes)
      #expect(result.exitCode == 2 && result.errors.contains(text), "\(result.errors)")
    }
  }
}
