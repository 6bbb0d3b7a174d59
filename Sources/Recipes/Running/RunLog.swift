import Foundation
import Models
import Training

/// A log that other programs read, beside metrics.jsonl in the folder of a run.
public protocol RunLog: Sendable {
  /// Forgets what was written of steps after `step`, which are done again; 0: of all.
  /// - Throws: `FileError`.
  func forget(in directory: URL, after step: Int) throws

  /// Goes on in the folder of a run, which has come to `step`.
  /// - Throws: `FileError`.
  func begin(in directory: URL, after step: Int, _ model: Decoder) throws -> any RunLogWriter
}

/// What one process adds to a `RunLog`.
public protocol RunLogWriter {
  /// - Throws: `FileError`.
  func logged(_ metrics: StepMetrics) throws

  /// - Parameter texts: what the model has written after the step.
  /// - Throws: `FileError`.
  func evaluated(_ loss: LossSum, _ texts: [(prompt: String, text: String)], step: Int) throws
}
