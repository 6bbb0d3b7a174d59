extension Jinja {
  struct Token {
    enum Kind: Equatable {
      /// What stands outside tags.
      case data
      case variableBegin, variableEnd, blockBegin, blockEnd
      case name
      case string
      case integer(Int)
      case float(Double)
      /// An operator or a bracket; the text says which.
      case symbol
      case end
    }

    var kind: Kind
    var text: String
    /// What `data` and `string` stand for.
    var value = Text([])
    var line: Int

    /// How messages call the token.
    var name: String {
      switch kind {
      case .data: "text"
      case .variableBegin: "'{{'"
      case .variableEnd: "'}}'"
      case .blockBegin: "'{%'"
      case .blockEnd: "'%}'"
      case .string: "a string"
      case .end: "the end of the template"
      case .name, .integer, .float, .symbol: "'\(text)'"
      }
    }
  }
}
