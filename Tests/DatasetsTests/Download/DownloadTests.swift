import Datasets
import Foundation
import Synchronization
import Testing
import TestSupport

/// What a download is tested with: a file, its hash, a place for it, and quick retries.
struct DownloadFixture {
  let directory: TemporaryDirectory
  let body: [UInt8] = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) }
  /// Computed by another program over the same bytes.
  let sha256 = "cc5e63d959bad0b18f0696fed04ac21787091563b0f0f741b6bb847f9efcdcc8"

  init() throws { directory = try TemporaryDirectory() }

  var destination: URL { directory.url.appendingPathComponent("file.bin") }
  var part: URL { destination.appendingPathExtension("part") }

  func download(_ server: TestServer, knownBeforehand: Bool = true) -> Download {
    var download = Download(
      from: server.url, to: destination, expectedBytes: knownBeforehand ? body.count : nil,
      expectedSHA256: knownBeforehand ? sha256 : nil)
    download.retries.firstDelay = 0.01
    download.retries.timeout = 5
    return download
  }

  func expectComplete() throws {
    #expect(try Data(contentsOf: destination) == Data(body))
    #expect(try directory.entries == ["file.bin"])
  }
}

@Suite struct DownloadTests {
  let fixture: DownloadFixture

  init() throws { fixture = try DownloadFixture() }

  @Test(arguments: [true, false])
  func goodServerDeliversTheFile(knownBeforehand: Bool) async throws {
    let server = try TestServer { [body = fixture.body] _, _ in .file(body) }
    let events = Mutex<[Download.Event]>([])
    let download = fixture.download(server, knownBeforehand: knownBeforehand)
    try await download.run { event in events.withLock { $0.append(event) } }
    try fixture.expectComplete()
    let size = fixture.body.count
    #expect(events.withLock { $0.last } == .progress(receivedBytes: size, expectedBytes: size))
    #expect(server.requests == [.init(acceptEncoding: "identity")])
  }

  @Test func brokenConnectionIsResumedWhereItBroke() async throws {
    let server = try TestServer { [body = fixture.body] request, number in
      let answer = TestServer.Answer.part(of: body, request, etag: "\"v1\"")
      return number == 0 ? answer.breakingOff(after: 100_000) : answer
    }
    try await fixture.download(server).run()
    try fixture.expectComplete()
    #expect(server.requests.map(\.rangeStart) == [nil, 100_000])
    #expect(server.requests.last?.ifRange == "\"v1\"")
  }

  @Test func serverWithoutRangesStartsOver() async throws {
    let server = try TestServer { [body = fixture.body] _, number in
      number == 0 ? .file(body).breakingOff(after: 100_000) : .file(body)
    }
    let restarts = Mutex(0)
    try await fixture.download(server).run { event in
      if case .startingOver = event { restarts.withLock { $0 += 1 } }
    }
    try fixture.expectComplete()
    #expect(server.requests.map(\.rangeStart) == [nil, 100_000])
    #expect(restarts.withLock { $0 } == 1)
  }

  @Test func changedFileIsFetchedAsAWhole() async throws {
    let server = try TestServer { [body = fixture.body] request, number in
      number == 0
        ? .file(body.map { ~$0 }, etag: "\"old\"").breakingOff(after: 100_000)
        : .part(of: body, request, etag: "\"new\"")
    }
    try await fixture.download(server, knownBeforehand: false).run()
    try fixture.expectComplete()
  }

  @Test func thePartOutlivesARunAndTheNextGoesOn() async throws {
    let server = try TestServer { [body = fixture.body] request, number in
      let answer = TestServer.Answer.part(of: body, request)
      return number < 2 ? answer.breakingOff(after: 50_000) : answer
    }
    var impatient = fixture.download(server)
    impatient.retries.attempts = 2
    let error = await #expect(throws: DownloadError.self) { try await impatient.run() }
    guard case .brokenOff(_, 2, 100_000, fixture.body.count, _) = error else {
      Issue.record("another outcome: \(String(describing: error))")
      return
    }
    #expect(try Data(contentsOf: fixture.part) == Data(fixture.body[..<100_000]))
    #expect(!FileManager.default.fileExists(atPath: fixture.destination.path))

    try await fixture.download(server).run()
    try fixture.expectComplete()
    #expect(server.requests.map(\.rangeStart) == [nil, 50_000, 100_000])
  }

  @Test func aPartWithForeignBytesCostsASecondTransferOnly() async throws {
    try Data(repeating: 7, count: 1_000).write(to: fixture.part)
    let server = try TestServer { [body = fixture.body] request, _ in .part(of: body, request) }
    try await fixture.download(server).run()
    try fixture.expectComplete()
    #expect(server.requests.map(\.rangeStart) == [1_000, nil])
  }

  @Test func aPartThatNothingVouchesForIsNotUsed() async throws {
    try Data(repeating: 7, count: 1_000).write(to: fixture.part)
    let server = try TestServer { [body = fixture.body] request, _ in .part(of: body, request) }
    try await fixture.download(server, knownBeforehand: false).run()
    try fixture.expectComplete()
    #expect(server.requests.map(\.rangeStart) == [nil])
  }

  @Test func aCompletePartNeedsNoServer() async throws {
    try Data(fixture.body).write(to: fixture.part)
    let server = try TestServer { _, _ in .init(status: 500) }
    try await fixture.download(server).run()
    try fixture.expectComplete()
    #expect(server.requests.isEmpty)
  }

  @Test func aPartLongerThanTheFileIsDropped() async throws {
    try Data(fixture.body + [1]).write(to: fixture.part)
    let server = try TestServer { [body = fixture.body] request, _ in .part(of: body, request) }
    try await fixture.download(server).run()
    try fixture.expectComplete()
  }

  @Test func anInterruptedDownloadKeepsItsPart() async throws {
    let server = try TestServer { [body = fixture.body] _, _ in
      .file(body).breakingOff(after: 70_000, hanging: .seconds(3))
    }
    let (received, continuation) = AsyncStream.makeStream(of: Int.self)
    let download = fixture.download(server)
    let task = Task {
      try await download.run { event in
        if case .progress(let bytes, _) = event { continuation.yield(bytes) }
      }
    }
    for await bytes in received where bytes == 70_000 { break }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try Data(contentsOf: fixture.part) == Data(fixture.body[..<70_000]))
  }

  @Test func twoDownloadsOfOneFileDoNotMix() async throws {
    let server = try TestServer { [body = fixture.body] _, _ in
      .file(body).breakingOff(after: 70_000, hanging: .seconds(3))
    }
    let (received, continuation) = AsyncStream.makeStream(of: Void.self)
    let download = fixture.download(server)
    let first = Task { try await download.run { _ in continuation.yield() } }
    for await _ in received { break }
    await #expect(throws: DownloadError.busy(path: fixture.part.path)) { try await download.run() }
    first.cancel()
    _ = await first.result
  }

  @Test func aDiskTooSmallIsToldBeforeAnyTransfer() async throws {
    let server = try TestServer { [body = fixture.body] _, _ in .file(body).announcing(-1) }
    var download = fixture.download(server)
    download.expectedBytes = 1 << 60
    let error = await #expect(throws: (any Error).self) { try await download.run() }
    #expect("\(error, default: "none")".contains("disk is full"))
    #expect(try fixture.directory.entries.isEmpty)
  }
}
