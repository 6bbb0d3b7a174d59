import Architectures
import FileFormats
import Foundation
import Testing
import TestSupport
import Training

/// Checkpoints from within the warm-up of the quantisation.
@Suite struct WarmupResumeTests {
  private static let file = "bitnet_quantization.json"

  /// Stopped in full precision, within the warm-up and behind it.
  @Test(arguments: QuantizationWarmup.Shape.allCases, [2, 5, 9])
  func aResumedRunHasTheBytesOfAnUninterruptedOne(_ shape: QuantizationWarmup.Shape, stop: Int) throws {
    let folder = try TemporaryDirectory()
    let corpus = try TinyBitNet.corpus(in: folder)
    let warmup = QuantizationWarmup(shape: shape, steps: 5, startStep: 3)
    let (straight, resumed) = (folder.url.appendingPathComponent("a"), folder.url.appendingPathComponent("b"))
    try WarmupRun(straight, corpus, warmup, steps: 11).run()
    #expect(try WarmupRun(resumed, corpus, warmup, steps: 11).run(stopAfter: stop) == .stopped)
    #expect(try WarmupRun(resumed, corpus, warmup, steps: 11, resume: true).run() == .finished)
    let (expected, got) = (try ResumeTests.contents(straight), try ResumeTests.contents(resumed))
    let names = expected.keys.filter { $0.hasPrefix("step-000011/") } + [MetricsLog.fileName]
    #expect(names.count > 4)
    for name in names { #expect(got[name] == expected[name], "\(name)") }
  }

  @Test func whatIsNotQuantisedYetSaysSo() throws {
    let folder = try TemporaryDirectory()
    let corpus = try TinyBitNet.corpus(in: folder)
    let url = folder.url.appendingPathComponent("run")
    let warmup = QuantizationWarmup(shape: .linear, steps: 4)
    try WarmupRun(url, corpus, warmup, steps: 6).run(stopAfter: 1)
    let early = try StoredModel(url)
    let state = try #require(early.unfinishedQuantization)
    #expect(state == UnfinishedQuantization(strength: 0.25, step: 1, endStep: 4))
    #expect(early.notes.count == 1 && early.notes[0].contains("λ = 0.25 after step 1; it is computed fully quantised"))
    let error = try #require(throws: UnfinishedQuantizationError.self) {
      try early.requireFinishedQuantization(toBe: "exported")
    }
    for words in ["not exported", "λ = 0.25 after step 1", "Train on to step 4", "--resume"] {
      #expect("\(error)".contains(words))
    }

    try WarmupRun(url, corpus, warmup, steps: 6, resume: true).run(stopAfter: 4)
    let finished = try StoredModel(url)
    #expect(finished.unfinishedQuantization == nil && finished.notes.isEmpty)
    try finished.requireFinishedQuantization(toBe: "exported")
  }

  @Test(arguments: ["", "{}", #"{"format_version": 2, "strength": 0, "step": 1, "end_step": 2}"#, "[1]"])
  func aBrokenFileIsRefused(_ text: String) throws {
    let folder = try TemporaryDirectory()
    let url = folder.url.appendingPathComponent("run")
    try WarmupRun(url, TinyBitNet.corpus(in: folder), QuantizationWarmup(startStep: 3), steps: 6).run(stopAfter: 1)
    let file = url.appendingPathComponent("step-000001").appendingPathComponent(Self.file)
    try Data(text.utf8).write(to: file)
    let error = #expect(throws: UnfinishedQuantizationError.self) { try StoredModel(url) }
    #expect(error.map { "\($0)".contains(file.path) } == true)
  }
}
