import CKernels
import Foundation
import Kernels
import Testing

@Suite struct ActivationTests {
  /// Fixtures/activations.txt, written by PyTorch in float64.
  private struct Line {
    let name: String
    let x, value, slope: Double

    static func all() throws -> [Line] {
      let url = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/activations.txt")
      return try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map { line in
        let fields = line.split(separator: " ")
        let numbers = try fields.dropFirst().map { try #require(Double(String($0))) }
        try #require(numbers.count == 3)
        return Line(name: String(fields[0]), x: numbers[0], value: numbers[1], slope: numbers[2])
      }
    }
  }

  @Test(arguments: Activation.allCases) func agreesWithPyTorch(_ activation: Activation) throws {
    let lines = try Line.all().filter { $0.name == activation.rawValue }
    #expect(lines.count == 26)
    let x = lines.map { Float($0.x) }
    let one = [Float](repeating: 1, count: x.count)
    forEachTable { kernels, path in
      var (y, dgate, dup) = (one, one, one)
      kernels.gated(x, one, x.count, activation.kernel, &y)
      kernels.gated_backward(x, one, one, x.count, activation.kernel, &dgate, &dup)
      for (index, line) in lines.enumerated() {
        let tolerance = 2e-7 * max(1, abs(line.x))
        #expect(abs(Double(y[index]) - line.value) <= tolerance * max(1, abs(line.x)), "\(path): f(\(line.x))")
        #expect(abs(Double(dgate[index]) - line.slope) <= 2 * tolerance, "\(path): slope at \(line.x)")
      }
      expectSame(y.bitPatterns, dup.bitPatterns, "\(path)")
    }
  }

  /// What a checkpoint computes must not change with a new version of the kernels: FNV-1a of the bits, forward and back.
  @Test(
    arguments: [
      (Activation.relu2, 0xfb60_e935_a9ff_a949), (.silu, 0x83d9_489e_8579_3852), (.gelu, 0x6218_ed02_4065_c558),
      (.geluTanh, 0xd38d_2187_464d_644f), (.relu, 0x4f9c_822a_e211_acc0),
    ] as [(Activation, UInt64)])
  func bitsStayAsTheyAre(_ activation: Activation, _ expected: UInt64) {
    var samples = Samples(3)
    let count = 1000
    let (gate, up, dy) = (samples.floats(count, magnitude: 9), samples.floats(count), samples.floats(count))
    forEachTable { kernels, path in
      var (y, dgate, dup) = (gate, gate, gate)
      kernels.gated(gate, up, count, activation.kernel, &y)
      kernels.gated_backward(gate, up, dy, count, activation.kernel, &dgate, &dup)
      var hash: UInt64 = 0xcbf2_9ce4_8422_2325
      for bits in (y + dgate + dup).bitPatterns { hash = (hash ^ UInt64(bits)) &* 0x100_0000_01b3 }
      #expect(hash == expected, "\(path): 0x\(String(hash, radix: 16))")
    }
  }

  @Test func namesAndAliasesAreThoseOfTransformers() {
    for activation in Activation.allCases {
      for name in [activation.rawValue] + activation.aliases {
        #expect(Activation(huggingFaceName: name) == activation, "\(name)")
      }
    }
    #expect(Activation(huggingFaceName: "swish") == .silu)
    #expect(Activation(huggingFaceName: "gelu_new") == .geluTanh)
    for other in ["quick_gelu", "gelu_10", "GELU", "relu6", ""] { #expect(Activation(huggingFaceName: other) == nil) }
    #expect(Set(Activation.allCases.map(\.kernel.rawValue)).count == Activation.allCases.count)
  }
}
