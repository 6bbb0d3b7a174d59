import Datasets
import Foundation
import Synchronization
import Testing

@Suite struct BadServerTests {
  let fixture: DownloadFixture

  init() throws { fixture = try DownloadFixture() }

  private func failure(_ download: Download) async -> DownloadError? {
    await #expect(throws: DownloadError.self) { try await download.run() }
  }

  @Test func aLengthToldTooLongDoesNotMatter() async throws {
    let server = try TestServer { [body = fixture.body] _, _ in .file(body).announcing(body.count + 5_000) }
    try await fixture.download(server).run()
    try fixture.expectComplete()
  }

  @Test func aLengthToldTooLongIsNoticedWithoutOtherKnowledge() async throws {
    let server = try TestServer { [body = fixture.body] _, _ in .file(body).announcing(body.count + 5_000) }
    guard case .brokenOff = await failure(fixture.download(server, knownBeforehand: false)) else {
      Issue.record("a file shorter than announced was accepted")
      return
    }
    #expect(!FileManager.default.fileExists(atPath: fixture.destination.path))
  }

  @Test func aLengthToldTooShortIsAskedForAgain() async throws {
    let server = try TestServer { [body = fixture.body] request, number in
      let answer = TestServer.Answer.part(of: body, request)
      return number == 0 ? answer.announcing(120_000) : answer
    }
    try await fixture.download(server).run()
    try fixture.expectComplete()
    #expect(server.requests.map(\.rangeStart) == [nil, 120_000])
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
      .init(headers: ["Content-Type": "text/html"], body: body + body)
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
      return number == 0 ? answer.breakingOff(after: 90_000, hanging: .seconds(300)) : answer
    }
    var download = fixture.download(server)
    download.retries.timeout = 1
    let started = ContinuousClock.now
    try await download.run()
    // Far below the silence, far above what a busy machine needs.
    #expect(ContinuousClock.now - started < .seconds(150))
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
