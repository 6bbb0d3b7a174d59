/// Makes inputs that are nearly right out of some that are.
protocol Mutator {
  /// Inputs that are accepted as they are.
  var seeds: [[UInt8]] { get }

  func mutant(of seed: Int, _ random: inout RandomSource) -> [UInt8]
}
