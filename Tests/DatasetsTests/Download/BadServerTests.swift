import Datasets
import Foundation
import Kernels
import Synchronization
import TestSupport
import Testing

@Suite struct BadServerTests {
  let fixture: DownloadFixture

  init() throws { fixture = try DownloadFixture() }

  private func failure(_ download: Download) async -> DownloadError? {
    await #expect(throws: DownloadError.self) { try await download.run() }
  }

  @Test(arguments: [305_000, 120_000, 0])
  func anotherLengthIsRefusedAtOnce(length: Int) async throws {
    let server = try TestServer { [body = fixture.body] _, _ in .file(body).announcing(length) }
    let download = fixture.download(server)
    try Data(fixture.body.prefix(70_000)).write(to: fixture.part)
    #expect(
      await failure(download)
        == .otherLength(
          url: server.url, announced: "\(length)", expectedBytes: fixture.body.count, contentType: nil))
    #expect(server.requests.count == 1)
    // What an earlier run has left stays, since this may be the page of a gateway.
    #expect(try Data(contentsOf: fixture.part).count == 70_000)
  }

  @Test func aPartOfAnotherFileIsRefusedAtOnce() async throws {
    let server = try TestServer { [body = fixture.body] request, _ in .part(of: body + body, request) }
    try Data(fixture.body.prefix(70_000)).write(to: fixture.part)
    guard case .otherLength(_, "600000", 300_000, _) = await failure(fixture.download(server)) else {
      Issue.record("the part was taken")
      return
    }
  }

  @Test(arguments: ["-5", "9223372036854775808", "ten"])
  func aLengthThatIsNoneIsRefusedOrTriedAgain(length: String) async throws {
    let server = try TestServer { [body = fixture.body] _, _ in
      .init(headers: ["Content-Length": length], body: body, announcedLength: -1)
    }
    var download = fixture.download(server)
    download.retries.attempts = 2
    // libcurl does not take some of them.
    switch await failure(download) {
    case .otherLength(_, length, fixture.body.count, _), .brokenOff: break
    case let other: Issue.record("another outcome: \(String(describing: other))")
    }
  }

  @Test func aCompressedAnswerIsRefused() async throws {
    let server = try TestServer { _, _ in .init(headers: ["Content-Encoding": "gzip"], body: [0x1F, 0x8B]) }
    #expect(await failure(fixture.download(server)) == .encoded(url: server.url, encoding: "gzip"))
  }

  /// Memory filled at the speed of the network while the delegate was still busy. In a process of its own, whose memory
  /// and time no other test takes.
  @Test(.timeLimit(.minutes(5)), arguments: [200, 404])
  func anAnswerWithoutEndFillsNoMemory(status: Int) async throws {
    await #expect(processExitsWith: .success) { [status] in
      let fixture = try DownloadFixture()
      let server = try TestServer { _, _ in
        .init(status: status, body: [UInt8](repeating: 121, count: 1 << 20), announcedLength: -1, isEndless: true)
      }
      var download = fixture.download(server)
      download.expectedBytes = 20 << 20
      download.retries.attempts = 1
      let before = ProcessMemory.peakResidentBytes
      do {
        // A disk that is slower than the network.
        try await download.run { _ in usleep(1_000) }
        Issue.record("it came to an end")
      } catch let error as DownloadError {
        switch (status, error) {
        case (200, .tooLong), (404, .refused(_, 404)): break
        default: Issue.record("another outcome: \(error)")
        }
      }
      // What the network sends in that time is many times this.
      #expect(ProcessMemory.peakResidentBytes - before < 128 << 20)
    }
  }

  @Test(arguments: ["symbolic", "hard"])
  func aPartThatIsALinkIsNotWrittenThrough(link: String) async throws {
    let server = try TestServer { [body = fixture.body] _, _ in .file(body) }
    let target = try fixture.directory.file("other.txt", Data("precious".utf8))
    if link == "symbolic" {
      try FileManager.default.createSymbolicLink(at: fixture.part, withDestinationURL: target)
    } else {
      try FileManager.default.linkItem(at: target, to: fixture.part)
    }
    guard case .foreignPart(fixture.part.path, _) = await failure(fixture.download(server)) else {
      Issue.record("the link was followed")
      return
    }
    #expect(try Data(contentsOf: target) == Data("precious".utf8))
    #expect(server.requests.isEmpty)
  }

  @Test func aLengthToldTooLongIsNoticedWithoutOtherKnowledge() async throws {
    let server = try TestServer { [body = fixture.body] _, _ in .file(body).announcing(body.count + 5_000) }
    guard case .brokenOff = await failure(fixture.download(server, knownBeforehand: false)) else {
      Issue.record("a file shorter than announced was accepted")
      return
    }
    #expect(!FileManager.default.fileExists(atPath: fixture.destination.path))
  }

  @Test func noLengthAtAllIsEnough() async throws {
    let server = try TestServer { [body = fixture.body] _, _ in .file(body).announcing(-1) }
    try await fixture.download(server, knownBeforehand: false).run()
    try fixture.expectComplete()
  }

  @Test func anotherFileIsToldWithBothHashesAndRemoved() async throws {
    let server = try TestServer { [body = fixture.body] _, _ in .file(body.map { $0 ^ 1 }) }
    let error = await failure(fixture.download(server))
    guard case .wrongHash(_, fixture.sha256, let received, fixture.body.count, _) = error else {
      Issue.record("another outcome: \(String(describing: error))")
      return
    }
    #expect(received != fixture.sha256)
    let text = "\(error, default: "none")"
    #expect(text.contains(fixture.sha256) && text.contains(received))
    #expect(try fixture.directory.entries.isEmpty)
    #expect(server.requests.count == 1)
  }

  @Test func aLongerFileIsStoppedAtItsSize() async throws {
    let server = try TestServer { [body = fixture.body] _, _ in
      .init(headers: ["Content-Type": "text/html"], body: body + body, announcedLength: -1)
    }
    #expect(
      await failure(fixture.download(server))
        == .tooLong(url: server.url, expectedBytes: fixture.body.count, contentType: "text/html"))
    #expect(try fixture.directory.entries.isEmpty)
  }

  @Test(arguments: [403, 404, 410])
  func refusalsAreNotRepeated(status: Int) async throws {
    let server = try TestServer { _, _ in .init(status: status, body: Array("<h1>No</h1>".utf8)) }
    #expect(await failure(fixture.download(server)) == .refused(url: server.url, status: status))
    #expect(server.requests.count == 1)
    #expect(!FileManager.default.fileExists(atPath: fixture.destination.path))
  }

  @Test(arguments: [429, 500, 503])
  func passingTroubleIsWaitedOut(status: Int) async throws {
    let server = try TestServer { [body = fixture.body] _, number in
      number < 2 ? .init(status: status, body: Array("busy".utf8)) : .file(body)
    }
    let retries = Mutex<[Double]>([])
    try await fixture.download(server).run { event in
      if case .retrying(_, of: 5, let delay, let reason) = event, reason.contains("\(status)") {
        retries.withLock { $0.append(delay) }
      }
    }
    try fixture.expectComplete()
    #expect(retries.withLock { $0 } == [0.01, 0.02])
  }

  @Test func lastingTroubleEnds() async throws {
    let server = try TestServer { _, _ in .init(status: 503) }
    var download = fixture.download(server)
    download.retries.attempts = 3
    guard case .brokenOff(_, 3, 0, _, "the server answers 503") = await failure(download) else {
      Issue.record("no end")
      return
    }
    #expect(server.requests.count == 3)
  }

  @Test func silenceIsCutShortAndResumed() async throws {
    let server = try TestServer { [body = fixture.body] request, number in
      let answer = TestServer.Answer.part(of: body, request)
      return number == 0 ? answer.breakingOff(after: 90_000, hanging: .seconds(3_000)) : answer
    }
    var download = fixture.download(server)
    download.retries.timeout = 1
    let started = ContinuousClock.now
    try await download.run()
    // Far below the silence, far above what a busy machine needs.
    #expect(ContinuousClock.now - started < .seconds(1_500))
    try fixture.expectComplete()
    #expect(server.requests.map(\.rangeStart) == [nil, 90_000])
  }

  @Test func theWrongPartIsNotAppended() async throws {
    let server = try TestServer { [body = fixture.body] request, number in
      var answer = TestServer.Answer.part(of: body, request)
      if number == 0 { return answer.breakingOff(after: 90_000) }
      if number == 1 { answer.headers["Content-Range"] = "bytes 17-99/300000" }
      return answer
    }
    try await fixture.download(server).run()
    try fixture.expectComplete()
    #expect(server.requests.map(\.rangeStart) == [nil, 90_000, nil])
  }

  @Test func aServerThatIsNotThereIsTold() async throws {
    let port = try TestServer { _, _ in .init() }.port
    var download = Download(from: URL(string: "http://127.0.0.1:\(port)/x")!, to: fixture.destination)
    download.retries.firstDelay = 0.01
    guard case .brokenOff(_, 5, 0, nil, "the host does not accept a connection") = await failure(download) else {
      Issue.record("no error")
      return
    }
  }
}
