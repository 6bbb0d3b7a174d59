import Datasets
import Foundation
import Testing
import TestSupport

/// What is taken for a text to learn from, and what is said about everything else.
@Suite struct TextInspectionTests {
  let directory: TemporaryDirectory
  private static let prose = String(
    repeating: "It was a bright cold day in April, and the clocks were striking thirteen.\n", count: 60)

  init() throws { directory = try TemporaryDirectory() }

  /// nil for a file that is taken.
  private func objection(_ bytes: [UInt8], _ name: String = "text") throws -> String? {
    let path = try directory.write(bytes, to: name)
    do {
      _ = try TextCorpus(contentsOf: path)
      return nil
    } catch let error as CorpusError {
      #expect(try TextCorpus(contentsOf: path, force: true).byteCount > 0)
      return "\(error)"
    }
  }

  private func objection(_ text: String) throws -> String? { try objection(Array(text.utf8)) }

  @Test func encodingsOfMoreBytesAreNamed() throws {
    let units = Array(Self.prose.utf16)
    let little = units.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    let big = units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    let wide = Self.prose.unicodeScalars.flatMap { [UInt8($0.value & 0xFF), UInt8($0.value >> 8), 0, 0] }
    let cases: [(bytes: [UInt8], command: String)] = [
      ([0xFF, 0xFE] + little, "iconv -f UTF-16 "), ([0xFE, 0xFF] + big, "iconv -f UTF-16 "),
      (little, "iconv -f UTF-16LE "), (big, "iconv -f UTF-16BE "), (wide, "iconv -f UTF-32LE "),
      (wide.map { $0 }.reversed(), "iconv -f UTF-32BE "), ([0xFF, 0xFE, 0, 0] + wide, "iconv -f UTF-32 "),
    ]
    for (bytes, command) in cases {
      #expect(try objection(bytes)?.contains(command + "-t UTF-8 \(directory.path("text"))") == true, "\(command)")
    }
  }

  @Test(arguments: [
    ("PAR1", "a Parquet file", "read_parquet"), ("ARROW1", "an Arrow file", "pandas"),
    ("%PDF-1.7", "a PDF document", "pdftotext"), ("SQLite format 3\0", "an SQLite database", "sqlite3"),
    ("GGUF\u{3}\0\0\0", "a GGUF model", "name a text"),
    ("\u{10}\u{1}\0\0\0\0\0\0{\"", "a safetensors file", "name a text"),
    ("GIF89a", "a GIF picture", "tesseract"), ("RIFF....WEBP", "a WebP picture", "tesseract"),
    ("RIFF....WAVE", "a WAV sound", "another file"), ("ID3\u{3}", "an MP3 sound", "another file"),
    ("\0\0\0\u{18}ftypmp42", "an MP4 film or sound", "another file"), ("\u{7F}ELF", "a program (ELF)", "strings"),
    (String(repeating: "x", count: 257) + "ustar", "a tar archive", "tar xf"),
    ("version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS", "git lfs pull"),
  ])
  func containersAreNamed(beginning: String, kind: String, advice: String) throws {
    let bytes = Array((beginning + Self.prose).utf8)
    for (file, name) in [(bytes, "plain"), (Archives.gzip(bytes), "packed.gz")] {
      let message = try #require(try objection(file, name))
      #expect(message.contains("is \(kind)") && message.contains(advice) && message.contains("--force"), "\(message)")
    }
  }

  @Test func magicNumbersThatAreNoText() throws {
    let cases: [(bytes: [UInt8], kind: String)] = [
      ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], "a PNG picture"),
      ([0xFF, 0xD8, 0xFF, 0xE0], "a JPEG picture"),
      ([0x93] + Array("NUMPY".utf8), "a NumPy array"), ([0x80, 4, 0x95], "a Python pickle"),
      ([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], "an HDF5 file"),
      ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "compressed with 7z"),
    ]
    for (bytes, kind) in cases {
      let message = try objection(bytes + Array(Self.prose.utf8))
      #expect(message?.contains("is \(kind).") == true)
    }
  }

  @Test func rowsAreSentElsewhere() throws {
    let row = #"{"id": 7, "text": "A text."}"#
    let files = [
      "\(row)\n\(row)\n", " \u{20}\(row)\r\n\(row)", "[\(row),\n \(row)]", "[\(row)]", "\u{FEFF}\(row)\n\(row)", row,
      #"{"prompt": "Q", "completion": "A"}"#,
    ]
    for file in files {
      let message = try #require(try objection(file), "\(file)")
      #expect(message.contains("rows in JSON (keys: ") && message.contains("recipe: sft"))
    }
    #expect(try objection("\(row)\n\(row)\n")?.contains("jq -r '.text' \(directory.path("text")) > text.txt") == true)
    #expect(try objection("[\(row)]")?.contains("jq -r '.[].text'") == true)
  }

  @Test func otherEncodingsAndNoiseHaveTheirShares() throws {
    let german = String(repeating: "Über den Flüssen wächst viel grünes Gras, und Bäume blühen spät.\n", count: 60)
    let latin = german.unicodeScalars.map { UInt8($0.value) }
    let message = try #require(try objection(latin))
    #expect(
      message.contains("iconv -f WINDOWS-1252") && message.contains("(one is byte 0, counted from 0)"), "\(message)")
    #expect(message.contains("10.8 % of the bytes"), "\(message)")

    var state: UInt32 = 3
    let noise: [UInt8] = (0..<4000).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(state >> 24) | 0x40
    }
    #expect(try objection(noise)?.contains("GB18030") == true)
    #expect(try objection(noise.map { $0 & 0x1F | 1 })?.contains("control characters") == true)
    #expect(try objection(Array(Self.prose.utf8) + [UInt8](repeating: 0, count: 400))?.contains("are zeros") == true)
  }

  @Test func textsOfAllKindsAreTaken() throws {
    let texts = [
      Self.prose, "{ curly beginnings } are no rows\n" + Self.prose, "[1] A footnote\n[2] Another one\n",
      "{\"name\": \"a\", \"version\": 1}\n", "{\"a\": 1}\nand then prose", "[\"a\", \"b\"]", "a,b,c\n1,2,3\n",
      "<?xml version=\"1.0\"?>\n<a>b</a>\n", "# Title\n\n- item\n", "int main(void) { return 0; }\n", "日本語の文章。\n",
      "GGUF is a format.", "ID3 tags and RIFF", "BZhang", "x", "é", "\u{1B}[1mbold\u{1B}[0m\n\u{C}",
      "%PDF is how they begin",
    ]
    for text in texts { #expect(try objection(text) == nil, "\(text.prefix(30))") }
    var broken = Array(Self.prose.utf8)
    for place in stride(from: 100, to: broken.count, by: 200) { broken[place] = 0xE9 }
    #expect(try objection(broken) == nil)
  }

  /// A character may lie across the ends of what is looked at.
  @Test func largeTextsAreLookedAtInPlaces() throws {
    let text = Array(String(repeating: "čtyři žluté květy – 四朵黄花 😀\n", count: 60_000).utf8)
    #expect(text.count > 2 << 20)
    #expect(try objection(text) == nil)
    var damaged = text
    for place in text.count / 2..<text.count { damaged[place] = 0xFF }
    #expect(try objection(damaged)?.contains("no valid UTF-8") == true)
    var last = text
    for place in text.count - 16_000..<text.count { last[place] = 0 }
    #expect(try objection(last)?.contains("zeros") == true)
  }
}
