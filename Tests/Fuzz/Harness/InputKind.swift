import Foundation

/// A kind of input: what it looks like when it is right, and what the program does with it.
protocol InputKind: SendableMetatype {
  /// - Parameter folder: empty; what inputs need beside themselves can be put there.
  static func forms(in folder: URL) throws -> [InputForm]
}

/// One of the files that inputs of a kind can be.
struct InputForm {
  /// The path under which inputs are written into the folder of the kind; its folder is made by `forms`.
  let fileName: String
  let mutator: any Mutator
  /// Reads an input as the program would, and throws what the program would report.
  let read: (_ file: URL, _ bytes: [UInt8]) throws -> Void

  /// A name that says in one folder what the path says.
  static func plainName(_ path: String) -> String { path.replacing("/", with: "-") }
}

/// An input, drawn by seed and number alone.
struct FuzzInput {
  let form: Int
  let bytes: [UInt8]
  /// Whether it is a seed, which must be accepted.
  let isSeed: Bool

  /// - Parameter kind: the name of the kind, so that kinds do not share their random numbers.
  init(_ number: Int, of forms: [InputForm], kind: String, seed: Int) {
    var left = number
    for (form, candidate) in forms.enumerated() {
      if left < candidate.mutator.seeds.count {
        (self.form, bytes, isSeed) = (form, candidate.mutator.seeds[left], true)
        return
      }
      left -= candidate.mutator.seeds.count
    }
    let name = kind.utf8.reduce(UInt64(0)) { $0 &* 31 &+ UInt64($1) }
    var random = RandomSource(UInt64(truncatingIfNeeded: seed), name, UInt64(number))
    let form = random.number(below: forms.count)
    let mutator = forms[form].mutator
    (self.form, isSeed) = (form, false)
    bytes = mutator.mutant(of: random.number(below: mutator.seeds.count), &random)
  }
}
