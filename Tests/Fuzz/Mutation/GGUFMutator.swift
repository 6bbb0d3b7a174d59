/// Spoils GGUF files, half of them so that the header stays one.
struct GGUFMutator: Mutator {
  let seeds: [[UInt8]]
  private let pieces: [GGUFPieces]
  private let binary: BinaryMutator

  init(_ seeds: [[UInt8]]) {
    self.seeds = seeds
    pieces = seeds.map(GGUFPieces.init)
    binary = BinaryMutator(seeds, front: 3000) { GGUFPieces($0).fields }
  }

  func mutant(of seed: Int, _ random: inout RandomSource) -> [UInt8] {
    if random.happens(percent: 40) { return binary.mutant(of: seed, &random) }
    var draft = pieces[seed]
    for _ in 0..<random.changeCount() { change(&draft, &random) }
    var file = draft.file
    if random.happens(percent: 10) { binary.change(&file, &random) }
    return file
  }

  private func change(_ draft: inout GGUFPieces, _ random: inout RandomSource) {
    let other = random.element(of: pieces)
    guard !draft.entries.isEmpty, !draft.tensors.isEmpty else { return }
    let entry = random.number(below: draft.entries.count)
    let tensor = random.number(below: draft.tensors.count)
    switch random.number(below: 16) {
    case 0: draft.entries.remove(at: entry)
    case 1: draft.entries.append(draft.entries[entry])
    case 2: draft.entries[entry].key = random.element(of: other.entries).key
    case 3: draft.entries[entry].value = random.element(of: other.entries).value
    case 4: draft.entries.insert(random.element(of: other.entries), at: entry)
    case 5..<9: draft.entries[entry].value = Self.value(&random)
    case 9, 10: changeContents(&draft.entries[entry].value, from: 4, &random)
    case 11: draft.tensors.remove(at: tensor)
    case 12: draft.tensors.swapAt(tensor, random.number(below: draft.tensors.count))
    case 13: draft.tensors[tensor] = random.element(of: other.tensors)
    default: changeNumbers(&draft.tensors[tensor], &random)
    }
  }

  /// A value of any type, its type in front.
  private static func value(_ random: inout RandomSource) -> [UInt8] {
    func number(_ type: UInt8, _ width: Int, _ random: inout RandomSource) -> [UInt8] {
      let number = random.element(of: BinaryMutator.edges)
      return [type, 0, 0, 0] + (0..<width).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
    }
    switch random.number(below: 8) {
    case 0..<3: return number(4, 4, &random)
    case 3: return number(6, 4, &random)
    case 4: return number(random.element(of: [10, 11, 12]), 8, &random)
    case 5: return [7, 0, 0, 0, UInt8(random.number(below: 3))]
    case 6: return [8, 0, 0, 0] + GGUFPieces.text(random.element(of: texts))
    default:
      let count = UInt8(random.number(below: 4))
      let elements = (0..<count).flatMap { _ in GGUFPieces.text(random.element(of: texts)) }
      return [9, 0, 0, 0, 8, 0, 0, 0, count, 0, 0, 0, 0, 0, 0, 0] + elements
    }
  }

  private static let texts = [
    "", "a", "llama", "bitnet", "bitnet-25", "qwen2", "qwen3", "olmo2", "gpt2", "rwkv", "bert", "default", "llama-bpe",
    "adapter", "lora", "linear", "yarn", "none", "<s>", "<0x00>", "<0xFF>", "▁", "Ġ", "a b", "\u{1B}[31m", "é",
    "{{ messages }}", "{% for m in messages %}{{ m.content }}{% endfor %}", "{% if %}",
  ]

  /// Bytes of a value behind its type: characters of its texts, elements of its lists.
  private func changeContents(_ bytes: inout [UInt8], from start: Int, _ random: inout RandomSource) {
    guard bytes.count > start else { return }
    let place = start + random.number(below: bytes.count - start)
    bytes[place] = random.happens(percent: 50) ? bytes[place] ^ 1 << UInt8(random.number(below: 8)) : 0
  }

  /// Shape, type and offset stand at the end of what is said of a tensor.
  private func changeNumbers(_ tensor: inout [UInt8], _ random: inout RandomSource) {
    let width = random.happens(percent: 40) ? 4 : 8
    let end = tensor.count - 4 * random.number(below: 7)
    BinaryMutator.changeNumber(&tensor, max(0, end - width)..<max(0, end), &random)
  }
}
