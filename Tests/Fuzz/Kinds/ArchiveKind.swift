import Datasets
import Foundation

/// Compressed texts: .gz and .zip, as corpora.
enum ArchiveKind: InputKind {
  static func forms(in folder: URL) throws -> [InputForm] {
    [
      InputForm(fileName: "corpus.zip", mutator: BinaryMutator(bytes(zips), front: 80, back: 160), read: read),
      InputForm(fileName: "corpus.gz", mutator: BinaryMutator(bytes(gzips), front: 24, back: 16), read: read),
    ]
  }

  private static func read(_ file: URL, _ bytes: [UInt8]) throws {
    // Whatever comes out of an archive is taken: the archives are what is looked at.
    let corpus = try TextCorpus(contentsOf: file.path, force: true)
    try corpus.forEachBlock(in: 0..<corpus.byteCount) { _ = $0.last }
    _ = try corpus.resolve(ByteRange(0, 1))
  }

  private static func bytes(_ texts: [String]) -> [[UInt8]] {
    texts.map { Array(Data(base64Encoded: $0.replacing("\n", with: "")) ?? Data()) }
  }

  private static let zips = [
    // Deflated
    """
    UEsDBBQAAAAIAAAAIRQuDlDKGAAAADgBAAAFAAAAYS50eHTLSM3JyVcozy/KSdFRyEBw9JA5ozIYMgBQSwECFAMUAAAACAAAACEULg5QyhgAAA
    A4AQAABQAAAAAAAAAAAAAAgAEAAAAAYS50eHRQSwUGAAAAAAEAAQAzAAAAOwAAAAAA
    """,
    // Stored with a folder and a comment
    """
    UEsDBBQAAAAAAAAAIRQAAAAAAAAAAAAAAAACAAAAZC9QSwMEFAAAAAAAAAAhFC4OUMo4AQAAOAEAAAcAAABkL2EudHh0aGVsbG8gd29ybGQsIG
    hlbGxvIHdvcmxkLiBoZWxsbyB3b3JsZCwgaGVsbG8gd29ybGQuIGhlbGxvIHdvcmxkLCBoZWxsbyB3b3JsZC4gaGVsbG8gd29ybGQsIGhlbGxv
    IHdvcmxkLiBoZWxsbyB3b3JsZCwgaGVsbG8gd29ybGQuIGhlbGxvIHdvcmxkLCBoZWxsbyB3b3JsZC4gaGVsbG8gd29ybGQsIGhlbGxvIHdvcm
    xkLiBoZWxsbyB3b3JsZCwgaGVsbG8gd29ybGQuIGhlbGxvIHdvcmxkLCBoZWxsbyB3b3JsZC4gaGVsbG8gd29ybGQsIGhlbGxvIHdvcmxkLiBo
    ZWxsbyB3b3JsZCwgaGVsbG8gd29ybGQuIGhlbGxvIHdvcmxkLCBoZWxsbyB3b3JsZC4gUEsBAhQDFAAAAAAAAAAhFAAAAAAAAAAAAAAAAAIAAA
    AAAAAAAAAAAIABAAAAAGQvUEsBAhQDFAAAAAAAAAAhFC4OUMo4AQAAOAEAAAcAAAAAAAAAAAAAAIABIAAAAGQvYS50eHRQSwUGAAAAAAIAAgBl
    AAAAfQEAAAQAbm90ZQ==
    """,
    // Zip64
    """
    UEsDBC0AAAAAAAAAIQCUoQBm//////////8FABQAYS50eHQBABAAHQAAAAAAAAAdAAAAAAAAAHBsYWluIHRleHQgaW4gYSB3aWRlIGFyY2hpdm
    UKUEsBAi0ALQAAAAAAAAAhAJShAGb//////////wUAHAAAAAAAAAAAAAAA/////2EudHh0AQAYAB0AAAAAAAAAHQAAAAAAAAAAAAAAAAAAAFBL
    BgYsAAAAAAAAAC0ALQAAAAAAAAAAAAEAAAAAAAAAAQAAAAAAAABPAAAAAAAAAFQAAAAAAAAAUEsGBwAAAACjAAAAAAAAAAEAAABQSwUG//////
    ///////////////wAA
    """,
  ]

  private static let gzips = [
    // Plain
    """
    H4sIAAAAAAACA8tIzcnJVyjPL8pJ0VHIQHD0kDmjMhgyAC4OUMo4AQAA
    """,
    // Two members, one with a name
    """
    H4sICAAAAAAC/25hbWUudHh0AMtIzcnJVyjPL8pJ0VHIQHD0kDmjMhgyAC4OUMo4AQAAH4sIAAAAAAACA8tIzcnJVyjPL8pJ0VHIQHD0kDmjMh
    gyAC4OUMo4AQAA
    """,
  ]
}
