import Models

/// A model of blocks that can quantise in part.
public protocol GraduallyQuantized: AnyObject {
  /// - Parameter strength: λ from 0 to 1 of a block, counted from 0, among so many.
  func setQuantizationStrength(_ strength: (_ block: Int, _ blockCount: Int) -> Float)

  /// The mean over all quantising layers; 1: a BitNet.
  var quantizationStrength: Double { get }
}

extension Decoder: GraduallyQuantized {}
