import FileFormats
import Foundation
import TensorBoardEvents
import TestSupport
import Testing

/// Files that grow, break off and go on.
@Suite struct EventFileTests {
  private let place: TemporaryDirectory
  private let folder: EventFolder

  init() throws {
    place = try TemporaryDirectory()
    folder = EventFolder(place.url)
  }

  private func event(_ step: Int, _ value: Float = 0.5) -> Event {
    Event(step: step, wallTime: 1.25, .values([EventValue("train/loss", .scalar(value))]))
  }

  /// The steps of all values, file by file, as a reader finds them that heeds nothing but checksums.
  private func steps() throws -> [[Int]] {
    try folder.files().map { file in
      try EventRecords(file).compactMap { event, _ in
        if case .values = event.content { event.step } else { nil }
      }
    }
  }

  private func write(_ steps: ClosedRange<Int>, after step: Int = 0, _ now: Date = Date()) throws {
    try folder.cut(after: step)
    let file = try EventFile(in: folder, after: step, now: now)
    for step in steps { try file.append([event(step)]) }
  }

  @Test func eventsAreReadBack() throws {
    let histogram = EventHistogram(
      minimum: -1, maximum: 2, count: 3, sum: 1.5, sumOfSquares: 5.25,
      buckets: [.init(limit: 0.5, count: 1), .init(limit: 2, count: 2)])
    let values = [
      EventValue("a/b", .scalar(-0.1)), EventValue("t", description: "what", .text("é *\n\u{0}")),
      EventValue("h", .histogram(histogram)),
    ]
    let event = Event(step: 1 << 40, wallTime: 1.7e9, .values(values))
    let now = Date(timeIntervalSince1970: 1_700_000_000.5)
    let file = try EventFile(in: folder, after: 6, now: now)
    try file.append([event])
    let records = try EventRecords(file.url)
    #expect(
      records.map(\.event) == [
        Event(step: 0, wallTime: 1_700_000_000.5, .fileVersion("brain.Event:2")),
        Event(step: 7, wallTime: 1_700_000_000.5, .sessionStart), event,
      ])
    #expect(records.map(\.end).last == records.byteCount)
  }

  @Test func stepsThatAreDoneAgainAreNotThereTwice() throws {
    try write(1...9)
    try write(7...12, after: 6)
    #expect(try steps() == [[1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]])
    // Once more from a step of the first file: the second keeps nothing but its beginning.
    try write(5...6, after: 4)
    #expect(try steps() == [[1, 2, 3, 4], [], [5, 6]])
    try write(1...2)
    #expect(try steps() == [[1, 2]])
  }

  @Test(arguments: [1, 11, 12, 30])
  func aTornRecordIsCutOff(missing: Int) throws {
    try write(1...5)
    let file = try #require(try folder.files().first)
    let bytes = try Data(contentsOf: file)
    try bytes.dropLast(missing).write(to: file)
    #expect(try steps() == [[1, 2, 3, 4]])
    try write(6...7, after: 5)
    #expect(try steps() == [[1, 2, 3, 4], [6, 7]])
    let records = try EventRecords(file)
    #expect(records.map(\.end).last == records.byteCount, "the end of the file is the end of a record")
  }

  /// Nothing tells where the next record begins.
  @Test func whatLiesBehindADamagedRecordIsCutOff() throws {
    try write(1...5)
    let file = try #require(try folder.files().first)
    let ends = try EventRecords(file).map(\.end)
    var bytes = try Data(contentsOf: file)
    bytes[ends[3] + 14] ^= 1
    try bytes.write(to: file)
    try folder.cut(after: 5)
    #expect(try steps() == [[1, 2]])
    #expect(try Data(contentsOf: file).count == ends[3])
  }

  @Test func filesFollowEachOtherByNameWhateverTheClockSays() throws {
    let now = Date(timeIntervalSince1970: 1_700_000_000)
    try write(1...1, now)
    try write(2...2, after: 1, now)
    try write(3...3, after: 2, now - 86_400)
    #expect(try steps() == [[1], [2], [3]])
    #expect(try place.entries.allSatisfy { $0.wholeMatch(of: /events\.out\.tfevents\.1[0-9]{9}\..+/) != nil })
  }

  @Test func otherFilesOfTheFolderStay() throws {
    let others = [
      "events.out.tfevents.1699999999.other", "events.out.tfevents.99999999999999999999.x", "events.out.tfevents.x",
      "metrics.jsonl",
    ]
    for name in others { _ = try place.write([1], to: name) }
    try write(1...2)
    try folder.cut(after: 0)
    #expect(try place.entries == others)
  }

  @Test func whatWasAppendedIsInTheFileAtOnce() throws {
    let file = try EventFile(in: folder, after: 0)
    for step in 1...3 {
      try file.append([event(step)])
      #expect(try steps() == [Array(1...step)])
    }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "needs the full disk that Linux has"))
  func aFullDiskIsATypedError() throws {
    let file = try EventFile(appendingTo: URL(filePath: "/dev/full"))
    let size = EventRecord.framed(try event(3).serialized()).count
    #expect {
      try file.append([event(3)])
    } throws: { error in
      guard case FileError.noSpace(path: "/dev/full", neededBytes: size, _) = error else { return false }
      return true
    }
  }

  @Test func aFolderThatIsNotThereIsATypedError() throws {
    let gone = EventFolder(place.url.appending(path: "gone"))
    #expect(throws: FileError.notFound(path: gone.url.path)) { try gone.cut(after: 3) }
  }
}
