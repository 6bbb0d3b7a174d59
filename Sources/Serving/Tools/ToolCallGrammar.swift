import FileFormats
import Inference
import Templates
import Tokenization

extension ByteGrammar {
  /// One call of one of some tools, with arguments that fit its schema, and nothing else.
  /// - Throws: `ToolSchemaError`.
  public static func call(_ syntax: ToolCallSyntax, of tools: [ToolDescription]) throws -> ByteGrammar {
    var builder = GrammarBuilder()
    let (opening, closing) =
      syntax == .tagged ? (ToolCallSyntax.opening + "\n", "}\n" + ToolCallSyntax.closing) : ("", "}")
    let close = builder.text(closing, then: builder.end)
    let ways = try tools.enumerated().map { index, tool in
      do {
        var compiler = JSONSchemaCompiler(tool.parameters ?? ["type": "object"], builder)
        let arguments = try compiler.start(then: close)
        builder = compiler.builder
        return builder.text(
          "\(opening){\"name\": \(JSONValue.quoted(tool.name)), \"\(syntax.argumentsKey)\": ", then: arguments)
      } catch let error as JSONSchemaError {
        throw ToolSchemaError(tool: index, error: error)
      }
    }
    let start = builder.choice(ways)
    do {
      return try JSONSchemaCompiler.grammar(builder, from: start)
    } catch let error as JSONSchemaError {
      throw ToolSchemaError(tool: 0, error: error)
    }
  }
}

/// Why arguments cannot be held to the schema of a tool.
public struct ToolSchemaError: Error, Equatable, Sendable {
  /// The number of the tool.
  public let tool: Int
  public let error: JSONSchemaError
}
