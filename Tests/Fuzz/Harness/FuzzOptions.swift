import Foundation

/// What the arguments say.
struct FuzzOptions {
  var kinds: [String] = []
  var count = 20_000
  var seed = 1
  var input: String?
  var writesJSON = false
  /// Where inputs are kept that gave findings.
  var crashes = URL(filePath: ".build/fuzz/crashes")
  /// Set for a process that reads inputs: where it writes them, and the first.
  var folder: URL?
  var first = 0

  /// An input that takes more processor time hangs.
  static let longest = Duration.seconds(5)
  static let mostMemory = 2 << 30

  static let usage = """
    usage: fuzz [KIND ...] [--count N] [--seed N] [--json] [--crashes FOLDER]
           fuzz KIND --input FILE    reads one input in this process, as it was kept

    Reads N inputs of each kind, drawn by seed: files that are nearly right. Exit code 1: at least one input crashed, took
    more than 5 s of a processor or 2 GB, or gave an error without an explanation; it lies in FOLDER (.build/fuzz/crashes).
    """

  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    func value(of option: String) throws -> String {
      guard let value = rest.popFirst() else { throw FuzzUsageError("\(option) needs a value") }
      return value
    }
    func number(of option: String) throws -> Int {
      let text = try value(of: option)
      guard let number = Int(text), number >= 0 else {
        throw FuzzUsageError("\(option) is \"\(text)\", expected a whole number from 0")
      }
      return number
    }
    while let argument = rest.popFirst() {
      switch argument {
      case "--count": count = try number(of: argument)
      case "--seed": seed = try number(of: argument)
      case "--input": input = try value(of: argument)
      case "--json": writesJSON = true
      case "--crashes": crashes = URL(filePath: try value(of: argument))
      case "--folder": folder = URL(filePath: try value(of: argument), directoryHint: .isDirectory)
      case "--first": first = try number(of: argument)
      case _ where argument.hasPrefix("-"): throw FuzzUsageError("unknown option \(argument)")
      default: kinds.append(argument)
      }
    }
  }
}

struct FuzzUsageError: Error, CustomStringConvertible {
  let description: String

  init(_ problem: String) { description = "\(problem)\n\(FuzzOptions.usage)" }
}
