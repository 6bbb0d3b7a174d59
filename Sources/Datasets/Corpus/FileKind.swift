/// Files that hold something else than text, told by their first bytes, and what makes text or rows of them.
struct FileKind: Sendable {
  /// With its article, as in "a PDF document".
  let name: String
  /// Bytes that stand at offsets; all of them must.
  let marks: [(offset: Int, bytes: [UInt8])]
  /// What to do to get text, with `FILE` for the path.
  let advice: String
  /// What to do to get rows in JSON, if it is something else.
  var adviceForRows: String?

  /// The bytes of a file that are needed to tell its kind.
  static let neededBytes = 512

  /// nil for what none of the kinds begins like.
  static func of(_ beginning: some Collection<UInt8>) -> FileKind? {
    let beginning = Array(beginning.prefix(neededBytes))
    return all.first { kind in
      kind.marks.allSatisfy { mark in
        beginning.count >= mark.offset + mark.bytes.count
          && beginning[mark.offset..<mark.offset + mark.bytes.count].elementsEqual(mark.bytes)
      }
    }
  }

  /// With the path in place of `FILE`, where a shell takes it as it is.
  static func advice(_ text: String, path: String) -> String {
    let isPlain = path.utf8.allSatisfy {
      (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) || "._-/".utf8.contains($0)
    }
    return isPlain ? text.replacing("FILE", with: path) : text
  }

  private static func ascii(_ text: String) -> [UInt8] { Array(text.utf8) }

  private static func kind(
    _ name: String, _ bytes: [UInt8], at offset: Int = 0, and others: [(offset: Int, bytes: [UInt8])] = [],
    _ advice: String, rows: String? = nil
  ) -> FileKind {
    FileKind(name: name, marks: [(offset, bytes)] + others, advice: advice, adviceForRows: rows)
  }

  private static let all = compressed + tables + documents + media + models + programs

  private static let compressed: [FileKind] = [
    kind("compressed with xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "unpack it first: xz -dk FILE"),
    kind("compressed with zstd", [0x28, 0xB5, 0x2F, 0xFD], "unpack it first: zstd -dk FILE"),
    kind(
      "compressed with bzip2", ascii("BZh"), and: [(4, [0x31, 0x41, 0x59, 0x26, 0x53, 0x59])],
      "unpack it first: bzip2 -dk FILE"),
    kind("compressed with 7z", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "unpack it first: 7z x FILE"),
    kind("compressed with lz4", [0x04, 0x22, 0x4D, 0x18], "unpack it first: lz4 -dk FILE"),
    kind("compressed with lzip", ascii("LZIP") + [1], "unpack it first: lzip -dk FILE"),
    kind("compressed with compress", [0x1F, 0x9D], "unpack it first: uncompress FILE"),
    kind("a RAR archive", ascii("Rar!") + [0x1A, 0x07], "unpack it and name a file in it: unrar x FILE"),
    kind("a tar archive", ascii("ustar"), at: 257, "unpack it and name a file in it: tar xf FILE"),
    kind("an ar archive", ascii("!<arch>\n"), "unpack it and name a file in it: ar x FILE"),
    kind(
      "a pointer of Git LFS in place of the file", ascii("version https://git-lfs.github.com/spec/"),
      "fetch the file: git lfs pull"),
  ]

  private static func pandas(_ reader: String) -> (text: String, rows: String) {
    let read = "import pandas; pandas.\(reader)('FILE')"
    return (
      "write the column with the text into a file: "
        + "python3 -c \"\(read)['text'].to_csv('text.txt', index=False, header=False)\", or its rows as JSON lines for "
        + "recipe: sft",
      "write its rows as JSON lines: python3 -c \"\(read).to_json('rows.jsonl', orient='records', lines=True, "
        + "force_ascii=False)\""
    )
  }

  private static func table(_ name: String, _ bytes: [UInt8], _ reader: String) -> FileKind {
    let advice = pandas(reader)
    return kind(name, bytes, advice.text, rows: advice.rows)
  }

  private static let tables: [FileKind] = [
    table("a Parquet file", ascii("PAR1"), "read_parquet"),
    table("an Arrow file", ascii("ARROW1"), "read_feather"),
    table("a Feather file", ascii("FEA1"), "read_feather"),
    table("an HDF5 file", [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], "read_hdf"),
    kind("an Avro file", ascii("Obj") + [1], "write its rows as JSON lines: avro-tools tojson FILE > rows.jsonl"),
    kind(
      "an SQLite database", ascii("SQLite format 3\0"),
      "write a column into a file: sqlite3 FILE \"select COLUMN from TABLE\" > text.txt",
      rows: "write its rows as JSON: sqlite3 -json FILE \"select * from TABLE\" > rows.json"),
  ]

  private static let documents: [FileKind] = [
    kind("a PDF document", ascii("%PDF-"), "write its text into a file: pdftotext FILE text.txt"),
    kind(
      "a document of an older Office program", [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1],
      "write its text into a file: soffice --convert-to txt:Text FILE"),
    kind("a DjVu document", ascii("AT&TFORM"), "write its text into a file: djvutxt FILE text.txt"),
  ]

  private static func media(_ what: String, _ bytes: [UInt8], at offset: Int = 0, _ second: String = "") -> FileKind {
    let isPicture = what.hasSuffix("picture")
    return kind(
      what, bytes, at: offset, and: second.isEmpty ? [] : [(8, ascii(second))],
      isPicture
        ? "write the text in it into a file: tesseract FILE text"
        : "write down what is said in it, or name another file")
  }

  private static let media: [FileKind] = [
    media("a PNG picture", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
    media("a JPEG picture", [0xFF, 0xD8, 0xFF]),
    media("a GIF picture", ascii("GIF87a")), media("a GIF picture", ascii("GIF89a")),
    media("a WebP picture", ascii("RIFF"), "WEBP"),
    media("a TIFF picture", ascii("II*\0")), media("a TIFF picture", ascii("MM\0*")),
    media("a WAV sound", ascii("RIFF"), "WAVE"), media("an AVI film", ascii("RIFF"), "AVI "),
    media("an AIFF sound", ascii("FORM"), "AIFF"),
    media("an MP3 sound", ascii("ID3") + [2]), media("an MP3 sound", ascii("ID3") + [3]),
    media("an MP3 sound", ascii("ID3") + [4]), media("an MP3 sound", [0xFF, 0xFB]),
    media("an Ogg sound or film", ascii("OggS\0")), media("a FLAC sound", ascii("fLaC\0")),
    media("an MP4 film or sound", ascii("ftyp"), at: 4), media("a Matroska film", [0x1A, 0x45, 0xDF, 0xA3]),
  ]

  private static func model(_ name: String, _ marks: [(offset: Int, bytes: [UInt8])]) -> FileKind {
    FileKind(
      name: name, marks: marks, advice: "name a text, not the weights of a model (bitnet inspect FILE shows them)")
  }

  private static func array(_ name: String, _ bytes: [UInt8]) -> FileKind {
    kind(name, bytes, "write its text into a file with Python, or name another file")
  }

  private static let models: [FileKind] = [
    model("a GGUF model", [(0, ascii("GGUF")), (5, [0, 0, 0])]),
    // The length of the header in 8 bytes, then the header.
    model("a safetensors file", [(4, [0, 0, 0, 0]), (8, ascii("{\""))]),
    array("a NumPy array", [0x93] + ascii("NUMPY")),
    array("a Python pickle", [0x80, 2]), array("a Python pickle", [0x80, 3]), array("a Python pickle", [0x80, 4]),
    array("a Python pickle", [0x80, 5]),
  ]

  private static func program(_ name: String, _ bytes: [UInt8]) -> FileKind {
    kind(name, bytes, "name a text; the texts inside of a program: strings FILE > text.txt")
  }

  private static let programs: [FileKind] = [
    program("a program (ELF)", [0x7F, 0x45, 0x4C, 0x46]), program("a program of Windows", [0x4D, 0x5A, 0x90, 0x00]),
    program("a program of macOS", [0xCF, 0xFA, 0xED, 0xFE]), program("a Java class", [0xCA, 0xFE, 0xBA, 0xBE]),
    program("a WebAssembly module", [0x00, 0x61, 0x73, 0x6D]),
  ]
}

/// Documents that are zip archives of several files.
enum ZippedDocument {
  private static let kinds: [(name: String, entry: String, advice: String)] = [
    ("a Word document", "word/document.xml", "write its text into a file: pandoc -t plain -o text.txt FILE"),
    ("an Excel workbook", "xl/workbook.xml", "write its table as CSV: soffice --convert-to csv FILE"),
    ("a PowerPoint document", "ppt/presentation.xml", "write its text into a file: soffice --convert-to txt:Text FILE"),
    ("an EPUB book", "META-INF/container.xml", "write its text into a file: pandoc -t plain -o text.txt FILE"),
    ("an OpenDocument file", "content.xml", "write its text into a file: soffice --convert-to txt:Text FILE"),
    ("a Java archive", "META-INF/MANIFEST.MF", "name a text instead"),
  ]

  /// Why an archive with these files in it is no text; nil for an archive of other files.
  static func objection(_ entries: [String], path: String) -> CorpusError? {
    if let kind = kinds.first(where: { entries.contains($0.entry) }) {
      return .notText(path: path, found: kind.name, advice: FileKind.advice(kind.advice, path: path))
    }
    if entries.contains(where: { $0.hasSuffix("/data.pkl") || $0 == "data.pkl" }) {
      return .notText(path: path, found: "a PyTorch file", advice: "name a text, not the weights of a model")
    }
    guard !entries.isEmpty, entries.allSatisfy({ $0.hasSuffix(".npy") }) else { return nil }
    return .notText(path: path, found: "a NumPy archive", advice: "write its text into a file with Python")
  }
}
