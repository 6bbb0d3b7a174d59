import Foundation
import Tokenization

/// Templates of published models, which lie beside the project where they are at hand.
enum PublishedTemplate {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../../shared/data/chat-templates").standardized
  static let areThere = FileManager.default.fileExists(atPath: folder.path)

  static func named(_ name: String) throws -> ChatTemplate {
    let text = try String(contentsOf: folder.appending(path: name + ".jinja"), encoding: .utf8)
    return try ChatTemplate(jinja: text, name: name, variables: ["eos_token": "</s>"])
  }

  static let specialTokens = [
    "<|im_start|>", "<|im_end|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>", "</s>", "[INST]", "[/INST]",
  ]
}
