/// Spoils safetensors files: the JSON of their headers, the length in front of it, the bytes behind it.
struct SafetensorsMutator: Mutator {
  let seeds: [[UInt8]]
  private let json: JSONMutator
  private let binary: BinaryMutator
  private let contents: [[UInt8]]

  init(_ seeds: [[UInt8]]) {
    self.seeds = seeds
    let ends = seeds.map { 8 + $0[..<8].reversed().reduce(0) { $0 << 8 | Int($1) } }
    json = JSONMutator(
      zip(seeds, ends).map { String(decoding: $0[8..<$1], as: UTF8.self).trimmingSpaces },
      words: ["F32", "BF16", "F16", "U8", "I8", "I64", "F8_E4M3", "BOOL", "F4", "dtype", "shape", "data_offsets"])
    contents = zip(seeds, ends).map { Array($0[$1...]) }
    binary = BinaryMutator(seeds, front: 400) { _ in [0..<8] }
  }

  func mutant(of seed: Int, _ random: inout RandomSource) -> [UInt8] {
    if random.happens(percent: 30) { return binary.mutant(of: seed, &random) }
    let header = json.mutant(of: seed, &random)
    var length = UInt64(header.count)
    if random.happens(percent: 5) { length = random.element(of: BinaryMutator.edges) }
    if random.happens(percent: 5) { length &+= UInt64(random.number(below: 20)) &- 10 }
    let data =
      random.happens(percent: 90) ? contents[seed] : Array(contents[seed].dropLast(1 + random.number(below: 9)))
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> UInt64(8 * $0)) } + header + data
  }
}

extension String {
  fileprivate var trimmingSpaces: String { String(reversed().drop { $0 == " " }.reversed()) }
}
