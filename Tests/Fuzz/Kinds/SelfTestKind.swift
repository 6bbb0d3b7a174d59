import Foundation

/// What the harness itself is tested with: inputs that crash, hang, use memory, or are refused without a reason.
enum SelfTestKind: InputKind {
  static let kind = FuzzKind(name: "selftest", type: SelfTestKind.self)

  private struct Refused: Error {}

  static func forms(in folder: URL) throws -> [InputForm] {
    [InputForm(fileName: "selftest.txt", mutator: Letters(), read: read)]
  }

  /// Letters that are drawn with equal chances, in the order of what they do.
  private struct Letters: Mutator {
    let seeds = [Array("a".utf8)]

    func mutant(of seed: Int, _ random: inout RandomSource) -> [UInt8] {
      [UInt8(ascii: "a") + UInt8(random.number(below: 8))]
    }
  }

  private static func read(_ file: URL, _ bytes: [UInt8]) throws {
    switch bytes.first {
    case UInt8(ascii: "b"): throw Refused()
    case UInt8(ascii: "c"): _ = [0, 1][bytes.count + 1]
    case UInt8(ascii: "d"): throw CocoaError(.fileReadCorruptFile)
    default: break
    }
  }
}
