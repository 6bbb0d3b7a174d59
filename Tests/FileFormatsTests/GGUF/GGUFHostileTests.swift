import Foundation
import Testing
import TestSupport

import FileFormats

/// Files that were made to hurt: each is refused with the right complaint, none crashes. What is tried here is every
/// field on its own; `GGUFHostileCases` has the list that llama.cpp tests with, `GGUFMutationTests` chance.
@Suite struct GGUFHostileTests {
  private typealias Fixture = GGUFFixture

  private func problem(_ contents: Data) throws -> GGUFError.Problem? {
    let directory = try TemporaryDirectory()
    let url = try directory.file("hostile.gguf", contents)
    do {
      _ = try GGUFFile(url)
      return nil
    } catch let error as GGUFError {
      #expect("\(error)".hasPrefix(url.path))
      return error.problem
    }
  }

  private func problem(_ spoil: (inout Fixture.Parts) -> Void) throws -> GGUFError.Problem? {
    var parts = Fixture.Parts()
    spoil(&parts)
    return try problem(parts.bytes)
  }

  @Test func acceptsTheHarmless() throws {
    #expect(try problem { _ in } == nil)
    #expect(try problem { $0.version = 2 } == nil)
    #expect(try problem { $0.data += Data("more".utf8) } == nil)
    #expect(
      try problem {
        ($0.tensorCount, $0.keyCount, $0.tensors, $0.keys, $0.data) = (0, 0, Data(), Data(), Data())
      } == nil)
  }

  @Test func front() throws {
    #expect(try problem { $0.magic = Data("GGML".utf8) } == .notGGUF)
    for version: UInt32 in [0, 1, 4, 0x0300_0000] {
      #expect(try problem { $0.version = version } == .unsupportedVersion(version))
    }
    for count: Int64 in [-1, 65_537, .max, 1 << 31] {
      #expect(try problem { $0.tensorCount = count } == .tooMany(what: "tensors", count: count, limit: 65_536))
      #expect(try problem { $0.keyCount = count } == .tooMany(what: "metadata keys", count: count, limit: 65_536))
    }
  }

  @Test func keys() throws {
    func keyProblem(_ keys: Data, count: Int64 = 1) throws -> GGUFError.Problem? {
      try problem { ($0.keys, $0.keyCount) = (keys, count) }
    }
    let value = Fixture.number(UInt32(1))
    for length: UInt64 in [.max, 1 << 63, 1 << 31, 10_000] {
      guard case .cutOff? = try keyProblem(Fixture.key("k", length: length, type: 4, value)) else {
        Issue.record("key of \(length) bytes")
        continue
      }
    }
    #expect(
      try keyProblem(Fixture.key("", type: 4, value))
        == .invalidKey(offset: 24, "its length is 0, expected 1 to 65535"))
    #expect(try keyProblem(Fixture.key("k", type: 13, value)) == .invalidValue(key: "k", "type 13, expected 0 to 12"))
    let twice = Fixture.key("k", type: 4, value) + Fixture.key("k", type: 4, value)
    #expect(try keyProblem(twice, count: 2) == .duplicateKey("k"))
    let nested = Fixture.number(UInt32(9)) + Fixture.number(UInt64(1))
    #expect(try keyProblem(Fixture.key("k", type: 9, nested)) == .invalidValue(key: "k", "an array of arrays"))
    for (type, count): (UInt32, UInt64) in [(0, .max), (10, 1 << 61), (8, 1 << 30 + 1)] {
      guard
        case .invalidValue? = try keyProblem(
          Fixture.key("k", type: 9, Fixture.number(type) + Fixture.number(count)))
      else {
        Issue.record("array of \(count)")
        continue
      }
    }
    for count: UInt64 in [1 << 30, 1000] {
      guard
        case .cutOff? = try keyProblem(
          Fixture.key("k", type: 9, Fixture.number(UInt32(8)) + Fixture.number(count)))
      else {
        Issue.record("array of \(count) strings")
        continue
      }
    }
  }

  @Test func alignment() throws {
    for value: UInt32 in [0, 1, 4, 33, 1 << 17, .max] {
      let key = Fixture.key("general.alignment", type: 4, Fixture.number(value))
      #expect(try problem { $0.keys = key } == .invalidAlignment("\(value)"))
    }
    let typed = Fixture.key("general.alignment", type: 5, Fixture.number(Int32(32)))
    #expect(try problem { $0.keys = typed } == .invalidAlignment("of type int32"))
    // Data that lies as for another alignment.
    let large = Fixture.key("general.alignment", type: 4, Fixture.number(UInt32(4096)))
    guard case .cutOff? = try problem({ $0.keys = large }) else {
      Issue.record("inconsistent alignment")
      return
    }
  }

  @Test func tensors() throws {
    func tensorProblem(_ tensors: Data, count: Int64 = 1) throws -> GGUFError.Problem? {
      try problem { ($0.tensors, $0.tensorCount) = (tensors, count) }
    }
    func isInvalid(_ tensor: Data) throws -> Bool {
      if case .invalidTensor? = try tensorProblem(tensor) { true } else { false }
    }
    #expect(try isInvalid(Fixture.tensor(String(repeating: "n", count: 64))))
    #expect(try isInvalid(Fixture.tensor("")))
    #expect(try isInvalid(Fixture.tensor(dimensionCount: 5)))
    #expect(try isInvalid(Fixture.tensor(dimensionCount: .max)))
    #expect(try isInvalid(Fixture.tensor(dimensions: [-1])))
    #expect(try isInvalid(Fixture.tensor(dimensions: [1 << 32, 1 << 31])))
    #expect(try isInvalid(Fixture.tensor(dimensions: [.max, .max])))
    #expect(try isInvalid(Fixture.tensor(dimensions: [1 << 62])))
    #expect(try isInvalid(Fixture.tensor(dimensions: [0, 1 << 40, 1 << 40])))
    #expect(try isInvalid(Fixture.tensor(dimensions: [17], type: 35)))
    for type: UInt32 in [4, 9, 15, 16, 33, 37, 38, 43, .max] {
      guard case .unsupportedType(_, type, _)? = try tensorProblem(Fixture.tensor(type: type)) else {
        Issue.record("type \(type)")
        continue
      }
    }
    #expect(
      try tensorProblem(Fixture.tensor(offset: 32)) == .wrongOffset(tensor: "t", found: 32, expected: 0))
    #expect(try tensorProblem(Fixture.tensor() + Fixture.tensor(offset: 64), count: 2) == .duplicateTensor("t"))
    #expect(
      try tensorProblem(Fixture.tensor() + Fixture.tensor("u"), count: 2)
        == .wrongOffset(tensor: "u", found: 0, expected: 64))
    guard case .cutOff? = try problem({ $0.data.removeLast() }) else {
      Issue.record("not enough data")
      return
    }
  }
}
