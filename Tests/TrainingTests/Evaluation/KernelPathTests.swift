import Architectures
import Autograd
import Datasets
import Foundation
import Kernels
import Models
import Testing

/// The loss of one model on every instruction set this machine has.
@Suite struct KernelPathTests {
  static func losses(
    _ configuration: Architecture, _ path: KernelPath, threads: Int, tokens: [Int32], targets: [Int32],
    length: Int
  ) -> [Float] {
    KernelPath.$current.withValue(path) {
      ThreadPool.$current.withValue(ThreadPool(threadCount: threads)) {
        let model = Decoder(configuration, seed: 1)
        return withoutGradients { model.tokenLosses(tokens: tokens, targets: targets, length: length).scalars }
      }
    }
  }

  @Test(arguments: Activation.allCases)
  func neitherInstructionSetNorThreadsChangeABit(_ activation: Activation) {
    let configuration = Architecture(
      vocabularySize: 256, hiddenSize: 128, hiddenLayerCount: 3, attentionHeadCount: 4, keyValueHeadCount: 2,
      intermediateSize: 320, hiddenActivation: activation, maximumPositionEmbeddings: 160)
    let tokens = (0..<2 * 160).map { Int32($0 * $0 * 31 % 251) }
    let targets = tokens.map { ($0 * 7 + 1) % 256 }
    let reference = Self.losses(configuration, .portable, threads: 1, tokens: tokens, targets: targets, length: 160)
    for path in KernelPath.available {
      for threads in [1, 2] {
        let losses = Self.losses(configuration, path, threads: threads, tokens: tokens, targets: targets, length: 160)
        #expect(losses.map(\.bitPattern) == reference.map(\.bitPattern), "\(path), \(threads) threads")
      }
    }
  }

  /// enwik8, or a piece of its beginning.
  static let corpus: URL? = {
    let package = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardized
    let path =
      ProcessInfo.processInfo.environment["BITNET_TEST_CORPUS"]
      ?? package.appending(path: "../shared/data/enwik8-first-3000000-bytes").standardized.path
    return FileManager.default.isReadableFile(atPath: path) ? URL(filePath: path) : nil
  }()

  /// The first step of recipes/enwik8-tiny.yaml: batch of 16 windows of 256 bytes.
  @Test(.enabled(if: corpus != nil, "the environment variable BITNET_TEST_CORPUS names no text file"))
  func theFirstStepOfARealRunHasOneLoss() throws {
    let corpus = try #require(Self.corpus)
    let bytes = try FileHandle(forReadingFrom: corpus).read(upToCount: 16 * 256 + 1) ?? Data()
    #expect(bytes.count == 16 * 256 + 1)
    let configuration = Architecture(
      vocabularySize: 256, hiddenSize: 128, hiddenLayerCount: 4, attentionHeadCount: 4, keyValueHeadCount: 4,
      intermediateSize: 384, maximumPositionEmbeddings: 256)
    let tokens = bytes.map { Int32($0) }
    let sums = KernelPath.available.map { path in
      Self.losses(
        configuration, path, threads: 2, tokens: tokens.dropLast(), targets: Array(tokens.dropFirst()), length: 256
      ).reduce(0.0) { $0 + Double($1) }
    }
    for (path, sum) in zip(KernelPath.available, sums) {
      #expect(abs(sum - sums[0]) <= 1e-6 * sums[0], "\(path): \(sum), portable \(sums[0])")
    }
  }
}
