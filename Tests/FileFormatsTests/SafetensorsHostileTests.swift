import Foundation
import Kernels
import Testing
import TestSupport

import FileFormats

/// Files that were made to hurt: each is refused with the right complaint, none crashes.
@Suite struct SafetensorsHostileTests {
  private static func file(_ header: String, dataBytes: Int, headerLength: UInt64? = nil) -> Data {
    let length = (headerLength ?? UInt64(header.utf8.count)).littleEndian
    return withUnsafeBytes(of: length) { Data($0) } + Data(header.utf8) + Data(count: dataBytes)
  }

  private func problem(_ contents: Data) throws -> SafetensorsError.Problem? {
    let directory = try TemporaryDirectory()
    let url = try directory.file("hostile.safetensors", contents)
    do {
      _ = try SafetensorsFile(url)
      return nil
    } catch let error as SafetensorsError {
      #expect(error.path == url.path)
      #expect("\(error)".hasPrefix(url.path))
      return error.problem
    }
  }

  private static func tensor(_ name: String, _ shape: String, _ offsets: String) -> String {
    #""\#(name)":{"dtype":"U8","shape":\#(shape),"data_offsets":\#(offsets)}"#
  }

  @Test func acceptsTheHarmless() throws {
    #expect(try problem(Self.file("{}", dataBytes: 0)) == nil)
    #expect(try problem(Self.file("{}  \n", dataBytes: 0)) == nil)
    let two = "{" + Self.tensor("b", "[2]", "[4,6]") + "," + Self.tensor("a", "[4]", "[0,4]") + "}"
    #expect(try problem(Self.file(two, dataBytes: 6)) == nil)
    let extra = #"{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1],"note":"x"}}"#
    #expect(try problem(Self.file(extra, dataBytes: 1)) == nil)
  }

  @Test func lengths() throws {
    #expect(try problem(Data()) == .tooShort(byteCount: 0))
    #expect(try problem(Data(count: 7)) == .tooShort(byteCount: 7))
    #expect(
      try problem(Self.file("{}", dataBytes: 0, headerLength: 100_000_001))
        == .headerTooLong(byteCount: 100_000_001, limit: 100_000_000))
    #expect(
      try problem(Self.file("{}", dataBytes: 0, headerLength: .max))
        == .headerTooLong(byteCount: .max, limit: 100_000_000))
    #expect(
      try problem(Self.file("{}", dataBytes: 0, headerLength: 3)) == .headerPastEnd(byteCount: 3, fileBytes: 10))
    #expect(try problem(Self.file("{}", dataBytes: 1)) == .wrongDataLength(expected: 0, found: 1))
    let one = "{" + Self.tensor("a", "[4]", "[0,4]") + "}"
    #expect(try problem(Self.file(one, dataBytes: 3)) == .wrongDataLength(expected: 4, found: 3))
    #expect(try problem(Self.file(one, dataBytes: 5)) == .wrongDataLength(expected: 4, found: 5))
  }

  @Test func layout() throws {
    func pair(_ second: String, _ dataBytes: Int) throws -> SafetensorsError.Problem? {
      try problem(
        Self.file(
          "{" + Self.tensor("a", "[4]", "[0,4]") + "," + Self.tensor("b", "[4]", second) + "}",
          dataBytes: dataBytes))
    }
    #expect(try pair("[4,8]", 8) == nil)
    #expect(try pair("[3,7]", 7) == .overlap(name: "b", begin: 3, expected: 4))
    #expect(try pair("[0,4]", 4) == .overlap(name: "b", begin: 0, expected: 4))
    #expect(try pair("[5,9]", 9) == .hole(name: "b", begin: 5, expected: 4))
    let late = "{" + Self.tensor("a", "[4]", "[1,5]") + "}"
    #expect(try problem(Self.file(late, dataBytes: 5)) == .hole(name: "a", begin: 1, expected: 0))
  }

  @Test(arguments: [
    ("", "does not start with '{'"), (" {}", "does not start with '{'"), ("[]", "does not start with '{'"),
    ("{", "expected a key"), ("{}\0", "unexpected text"), ("{}{}", "unexpected text"),
    (#"{"a":1,"a":2}"#, "occurs twice"), (#"{"__metadata__":1}"#, "expected an object"),
    (#"{"__metadata__":{"a":1}}"#, "expected strings only"),
  ])
  func brokenHeader(header: String, complaint: String) throws {
    guard case .invalidHeader(let reason) = try problem(Self.file(header, dataBytes: 0)) else {
      Issue.record("accepted: \(header)")
      return
    }
    #expect(reason.contains(complaint))
  }

  @Test func brokenUTF8() throws {
    let header: [UInt8] = [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D]
    let contents = Data([7, 0, 0, 0, 0, 0, 0, 0] + header)
    guard case .invalidHeader(let reason) = try problem(contents) else {
      Issue.record("accepted")
      return
    }
    #expect(reason.contains("UTF-8"))
  }

  @Test(arguments: [
    (#"{"dtype":"U9","shape":[4],"data_offsets":[0,4]}"#, "unknown dtype"),
    (#"{"shape":[4],"data_offsets":[0,4]}"#, "dtype is missing"),
    (#"{"dtype":"U8","data_offsets":[0,4]}"#, "shape is missing"),
    (#"{"dtype":"U8","shape":[4]}"#, "data_offsets is missing"),
    (#"{"dtype":"U8","shape":[-4],"data_offsets":[0,4]}"#, "shape is missing or not"),
    (#"{"dtype":"U8","shape":[4.0],"data_offsets":[0,4]}"#, "shape is missing or not"),
    (#"{"dtype":"U8","shape":[18446744073709551620],"data_offsets":[0,4]}"#, "shape is missing or not"),
    (#"{"dtype":"U8","shape":[4],"data_offsets":[0,4,4]}"#, "two whole numbers"),
    (#"{"dtype":"U8","shape":[4],"data_offsets":[-4,0]}"#, "two whole numbers"),
    (#"{"dtype":"U8","shape":[4],"data_offsets":[4,0]}"#, "end (0) before"),
    (#"{"dtype":"F32","shape":[4],"data_offsets":[0,4]}"#, "needs 16 bytes"),
    (#"{"dtype":"F4","shape":[3],"data_offsets":[0,1]}"#, "no byte size"),
    (#"{"dtype":"U8","shape":[4611686018427387904,4],"data_offsets":[0,0]}"#, "no byte size"),
    (#"{"dtype":"F64","shape":[9223372036854775807],"data_offsets":[0,4]}"#, "no byte size"),
    (#"{"dtype":"U8","shape":[0],"data_offsets":[9223372036854775807,9223372036854775807]}"#, "beyond any file"),
    ("1", "dtype is missing"), ("null", "dtype is missing"),
  ])
  func brokenTensor(description: String, complaint: String) throws {
    guard case .invalidTensor("a", let reason) = try problem(Self.file("{\"a\":\(description)}", dataBytes: 4)) else {
      Issue.record("accepted: \(description)")
      return
    }
    #expect(reason.contains(complaint), "\(reason)")
  }

  private func small(in directory: TemporaryDirectory) throws -> Data {
    let url = directory.url.appendingPathComponent("small.safetensors")
    try SafetensorsWriter.write(
      [
        SafetensorsWriter.Entry(name: "a", shape: [2, 3], floats: [1, 2, 3, 4, 5, 6]),
        SafetensorsWriter.Entry(name: "b", shape: [3], bfloat16s: [BFloat16(1), BFloat16(2), BFloat16(3)]),
      ], to: url)
    return try Data(contentsOf: url)
  }

  @Test func everyTruncationIsRefused() throws {
    let directory = try TemporaryDirectory()
    let whole = try small(in: directory)
    #expect(try problem(whole) == nil)
    for length in 0..<whole.count {
      #expect(try problem(whole.prefix(length)) != nil, "cut to \(length) bytes")
    }
  }

  /// Whatever a mutated file contains, it is refused or every tensor of it can be read.
  @Test func mutationsNeverCrash() throws {
    let directory = try TemporaryDirectory()
    let whole = try small(in: directory)
    let url = directory.url.appendingPathComponent("mutated.safetensors")
    var random = SplitMix64(state: 20_240_601)
    var refused = 0
    for _ in 0..<2000 {
      var mutated = whole
      for _ in 0...Int.random(in: 0..<4, using: &random) {
        let index = Int.random(in: 0..<mutated.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: mutated[index] = .random(in: .min ... .max, using: &random)
        case 1: mutated[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 2: mutated.insert(UInt8(ascii: "9"), at: index)
        default: mutated.remove(at: index)
        }
      }
      try mutated.write(to: url)
      do {
        let file = try SafetensorsFile(url)
        for (name, tensor) in file.tensors {
          #expect(try file.bytes(of: name).count == tensor.byteRange.count)
          _ = try? file.floats(of: name)
        }
      } catch is SafetensorsError {
        refused += 1
      }
    }
    #expect(refused > 1000)
  }
}

/// Steele, Lea and Flood's generator: small, seeded, and the same on every platform.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
