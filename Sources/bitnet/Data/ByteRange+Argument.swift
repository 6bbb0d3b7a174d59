import ArgumentParser
import Datasets

extension ByteRange: ExpressibleByArgument {
  /// Reads `a:b` from the command line.
  public init?(argument: String) { self.init(argument) }
}
