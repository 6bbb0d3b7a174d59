/// Spoils numbers and bytes of binary files, for the most part where such files describe themselves.
struct BinaryMutator: Mutator {
  let seeds: [[UInt8]]
  /// Places of numbers, for each seed: their first bytes and their widths.
  private let fields: [[Range<Int>]]
  /// Bytes at the front and at the back that are no mere contents.
  private let front: Int
  private let back: Int

  init(_ seeds: [[UInt8]], front: Int, back: Int = 0, fields: ([UInt8]) -> [Range<Int>] = { _ in [] }) {
    self.seeds = seeds
    (self.front, self.back) = (front, back)
    self.fields = seeds.map(fields)
  }

  /// Numbers at which something overflows, is divided by, or is asked of the system.
  static let edges: [UInt64] = [
    0, 1, 2, 3, 7, 8, 31, 32, 33, 127, 128, 255, 256, 257, 1000, 32767, 32768, 65535, 65536, 1 << 24, 1 << 26,
    (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32, 1 << 33, 1 << 60, (1 << 60) + 1, 1 << 61, 1 << 62, (1 << 63) - 1,
    1 << 63, .max - 31, .max - 7, .max - 1, .max, 0x7F80_0000, 0x7FC0_0000, 0xFF80_0000, 0x7FF0_0000_0000_0000,
  ]

  func mutant(of seed: Int, _ random: inout RandomSource) -> [UInt8] {
    var bytes = seeds[seed]
    for _ in 0..<random.changeCount() where bytes.count > 1 {
      if !fields[seed].isEmpty, random.happens(percent: 50) {
        Self.changeNumber(&bytes, random.element(of: fields[seed]), &random)
      } else {
        change(&bytes, &random)
      }
    }
    return bytes
  }

  /// Spoils any bytes.
  func change(_ bytes: inout [UInt8], _ random: inout RandomSource) {
    let place = self.place(in: bytes, &random)
    let end = min(bytes.count, place + 1 + random.number(below: 40))
    switch random.number(below: 10) {
    case 0, 1: bytes[place] ^= 1 << UInt8(random.number(below: 8))
    case 2: bytes[place] = UInt8(truncatingIfNeeded: random.next())
    case 3, 4: Self.changeNumber(&bytes, place..<min(bytes.count, place + [2, 4, 8][random.number(below: 3)]), &random)
    case 5: bytes.removeSubrange(place..<end)
    case 6:
      let more = (0..<random.element(of: [1, 2, 4, 8])).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      bytes.insert(contentsOf: more, at: place)
    case 7: bytes.insert(contentsOf: Array(bytes[place..<end]), at: random.number(below: bytes.count + 1))
    case 8: bytes.removeSubrange(place...)
    default:
      let source = self.place(in: bytes, &random)
      for (offset, byte) in bytes[source..<min(bytes.count, source + end - place)].enumerated()
      where place + offset < bytes.count {
        bytes[place + offset] = byte
      }
    }
  }

  private func place(in bytes: [UInt8], _ random: inout RandomSource) -> Int {
    switch random.number(below: 10) {
    case 0..<6: random.number(below: min(bytes.count, front))
    case 6..<8 where back > 0: bytes.count - 1 - random.number(below: min(bytes.count, back))
    default: random.number(below: bytes.count)
    }
  }

  /// Puts another little-endian number in a place that is within the bytes.
  static func changeNumber(_ bytes: inout [UInt8], _ place: Range<Int>, _ random: inout RandomSource) {
    guard place.upperBound <= bytes.count else { return }
    var number = place.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64(bytes[$1]) }
    switch random.number(below: 8) {
    case 0: number &+= 1
    case 1: number &-= 1
    case 2: number &*= 2
    case 3: number ^= 1 << UInt64(random.number(below: 8 * place.count))
    default: number = random.element(of: edges)
    }
    for (offset, index) in place.enumerated() { bytes[index] = UInt8(truncatingIfNeeded: number >> UInt64(8 * offset)) }
  }
}
