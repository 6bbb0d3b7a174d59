/// Makes every key of a YAML text different without moving any character, and undoes it.
///
/// The first letter of the n-th key becomes the character `n · 128 + letter` of the supplementary private use plane.
/// Columns count Unicode scalars, so all positions stay true.
enum DisguisedKeys {
  private static let base: UInt32 = 0xF0000
  private static let lettersPerKey: UInt32 = 128
  private static let keyCount: UInt32 = 500

  static func disguise(_ yaml: String) -> String {
    var index: UInt32 = 0
    return yaml.replacing(/(^|[\s{,"'])([A-Za-z_])([\w.]*["']?\s*:)/.anchorsMatchLineEndings()) { match in
      let letter = match.output.2.unicodeScalars.first?.value ?? 0
      let disguised = Unicode.Scalar(base + index % keyCount * lettersPerKey + letter)
      index += 1
      return "\(match.output.1)\(disguised.map(String.init) ?? "")\(match.output.3)"
    }
  }

  static func reveal(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      let isDisguised = (base..<base + keyCount * lettersPerKey).contains(scalar.value)
      scalars.append(isDisguised ? Unicode.Scalar(UInt8((scalar.value - base) % lettersPerKey)) : scalar)
    }
    return String(scalars)
  }
}
