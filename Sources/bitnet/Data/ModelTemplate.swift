import ArgumentParser
import Inference
import Tokenization

extension ChatTemplate: ExpressibleByArgument {
  /// A name, or the path of a file that ends with .jinja.
  public init?(argument: String) {
    guard let template = try? ChatTemplate(nameOrPath: argument) else { return nil }
    self = template
  }

  public var defaultValueDescription: String { name }
  public static var allValueStrings: [String] { allCases.map(\.name) + ["a .jinja file"] }
}

extension NoModelTemplate: UsageError {}
