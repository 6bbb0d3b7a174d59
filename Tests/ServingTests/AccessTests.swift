import FileFormats
import Foundation
import Serving
import TestSupport
import Testing

/// Who may ask, how often, and what is written down of it.
@Suite struct AccessTests {
  private func hash(_ key: String) -> String { SHA256.hexadecimal(of: key) }

  @Test func keysAreFoundByTheirHashes() throws {
    let keys = try APIKeys(
      text: "# who\n\n\(hash("one")) alice 60\r\n  \(hash("two").uppercased())\tbob\n", file: "keys.txt")
    #expect(keys.entry(forKey: "one")?.name == "alice" && keys.entry(forKey: "one")?.requestsPerMinute == 60)
    #expect(keys.entry(forKey: "two")?.name == "bob" && keys.entry(forKey: "two")?.requestsPerMinute == nil)
    #expect(
      keys.entry(forKey: "three") == nil && keys.entry(forKey: "") == nil && keys.entry(forKey: hash("one")) == nil)
  }

  @Test func whatIsWrongWithAFileOfKeysIsToldByLine() {
    let good = "\(hash("one")) alice"
    for (text, line) in [
      ("", 1), ("# nobody\n", 1), ("secret alice", 1), ("\(good)\nabc", 2), ("\(good)\n\(hash("two")) alice", 2),
      ("\(good) 0", 1), ("\(good) many", 1), ("\(good) 1 2 3", 1),
      ("\(good) 1 0", 1), ("\(good) - many", 1), (String(hash("x").dropLast()) + "g bob", 1),
    ] {
      let error = #expect(throws: APIKeyFileError.self) { try APIKeys(text: text, file: "keys.txt") }
      #expect(error?.line == line && error?.description.hasPrefix("keys.txt:\(line): ") == true, "\(text)")
      // What was meant to be a hash may be a key.
      #expect(error?.description.contains("secret") == false)
    }
  }

  @Test func aBrokenFileLeavesTheKeysThatAreKnown() throws {
    let directory = try TemporaryDirectory()
    let file = directory.url.appendingPathComponent("keys")
    try Data("\(hash("one")) alice".utf8).write(to: file)
    let ring = try KeyRing(file: file.path)
    try Data("broken".utf8).write(to: file)
    #expect(throws: APIKeyFileError.self) { try ring.reload() }
    #expect(ring.entry(forKey: "one")?.name == "alice")
    try Data("\(hash("two")) bob".utf8).write(to: file)
    try ring.reload()
    #expect(ring.entry(forKey: "one") == nil && ring.entry(forKey: "two")?.name == "bob")
  }

  @Test func noMinuteHasMoreRequestsThanAllowed() {
    let limiter = RateLimiter()
    let start = ContinuousClock.now
    var allowed: [Int] = []
    for second in 0..<240 where limiter.refusal(of: "a", perMinute: 7, at: start + .seconds(second)) == nil {
      allowed.append(second)
    }
    for first in 0..<240 { #expect(allowed.count { (first..<first + 60).contains($0) } <= 7) }
    #expect(allowed.count == 28)
    let (now, fresh) = (start + .seconds(1000), RateLimiter())
    #expect(fresh.refusal(of: "a", perMinute: 1, at: now) == nil)
    #expect(fresh.refusal(of: "a", perMinute: 1, at: now + .seconds(20)) == 40)
    #expect(fresh.refusal(of: "b", perMinute: 1, at: now + .seconds(20)) == nil)
  }

  @Test func aFloodOfClientsTakesBoundedMemory() {
    let limiter = RateLimiter(clientLimit: 100)
    let now = ContinuousClock.now
    for number in 0..<10_000 {
      _ = limiter.refusal(of: "\(number)", perMinute: 1, at: now)
      #expect(limiter.refusal(of: "\(number)", perMinute: 1, at: now) == 60)
      #expect(limiter.clientCount <= 100)
    }
  }

  @Test func theLogIsItsOwnersAndIsRotated() throws {
    let directory = try TemporaryDirectory()
    let path = directory.url.appendingPathComponent("audit.jsonl").path
    #expect(FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o644]))
    let log = try AuditLog(path: path, byteLimit: 1000)
    var record = RequestRecord(route: "/v1/completions", client: "evil\n{\"client\": \"x\"}")
    record.secondsToFirstToken = 0.5
    for _ in 0..<7 { try log.write(record) }
    let texts = try [path, path + ".1"].map { try String(contentsOfFile: $0, encoding: .utf8) }
    for text in texts {
      #expect(text.utf8.count <= 1000 && text.hasSuffix("\n"))
      for line in text.split(separator: "\n") {
        let json = try JSONParser.parse(String(line))
        #expect(json["client"]?.stringValue == record.client && json["seconds_to_first_token"] == .number(0.5))
      }
    }
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }

  @Test(arguments: [1, 2, 4]) func thereAreNoMoreFilesThanAllowed(fileLimit: Int) throws {
    let directory = try TemporaryDirectory()
    let path = directory.url.appendingPathComponent("audit.jsonl").path
    let log = try AuditLog(path: path, byteLimit: 300, fileLimit: fileLimit)
    for number in 0..<30 {
      var record = RequestRecord(route: "/", client: "a")
      record.promptTokens = number
      try log.write(record)
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: directory.url.path).sorted()
    #expect(names == ["audit.jsonl"] + (1..<fileLimit).map { "audit.jsonl.\($0)" })
    // The newest lines, in their order.
    let texts = try names.map { try String(contentsOfFile: directory.url.path + "/" + $0, encoding: .utf8) }
    let numbers = try ([texts[0]] + texts.dropFirst()).reversed().joined().split(separator: "\n").map {
      try JSONParser.parse(String($0))["prompt_tokens"]?.integerValue
    }
    #expect(numbers == Array((30 - numbers.count)..<30))
    for name in names {
      let mode = try FileManager.default.attributesOfItem(atPath: directory.url.path + "/" + name)[.posixPermissions]
      #expect(mode as? Int == 0o600)
    }
  }

  #if os(Linux)
    @Test func aFullDiskIsToldNowAndThen() throws {
      let before = try FileManager.default.attributesOfItem(atPath: "/dev/full")[.posixPermissions] as? Int
      let log = try AuditLog(path: "/dev/full", byteLimit: 10)
      var told: [Int] = []
      for _ in 0..<150 {
        do { try log.write(RequestRecord(route: "/", client: "a")) } catch let error as AuditLogError {
          told.append(error.lostLines)
          #expect(error.description.contains("/dev/full"))
        }
      }
      #expect(told == [1, 10, 100])
      // A device is nobody's to rename or to close.
      #expect(try FileManager.default.attributesOfItem(atPath: "/dev/full")[.posixPermissions] as? Int == before)
    }
  #endif

  @Test func aLogThatCannotBeOpenedIsTold() {
    #expect(throws: FileError.self) { try AuditLog(path: "/nowhere/audit.jsonl") }
  }
}
