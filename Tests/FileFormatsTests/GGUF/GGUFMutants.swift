import Foundation
import TestSupport

import FileFormats
import Architectures

/// Spoilt copies of a file with every type of value and tensor.
enum GGUFMutants {
  static func wholeFile(in directory: TemporaryDirectory) throws -> Data {
    let url = directory.url.appending(path: "whole.gguf")
    try GGUFFixture.write(to: url)
    return try Data(contentsOf: url)
  }

  static func mutant(of whole: Data, _ random: inout TestGenerator) -> Data {
    var bytes = whole
    for _ in 0..<1 + random.next(below: 4) {
      // Headers are where the decisions are made.
      let place = random.next(below: random.next(below: 4) == 0 ? whole.count : 1100)
      let byte = random.next(below: 256)
      bytes[place] = random.next(below: 2) == 0 ? UInt8(byte) : [0, 1, 127, 255][byte % 4]
    }
    return bytes
  }

  /// Does all there is to do with a file.
  /// - Returns: whether it was opened.
  @discardableResult
  static func use(_ url: URL) -> Bool {
    guard let file = try? GGUFFile(url) else { return false }
    for tensor in file.tensors { _ = try? file.floats(of: tensor.name) }
    for entry in file.metadata.entries {
      if case .array(let array) = entry.value { _ = (array.strings, array.int32s) }
    }
    _ = try? Architecture(gguf: file)
    return true
  }
}

/// A small generator of the tests' own.
struct TestGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next(below limit: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % limit
  }
}
