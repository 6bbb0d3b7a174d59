import ArgumentParser
import Datasets
import Foundation

struct DataFetchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch",
    abstract: "Download a public corpus, verify it and unpack it.",
    discussion: """
      enwik8: the first 100,000,000 bytes of an English Wikipedia dump, 36 MB to download; mattmahoney.net/dc/textdata

        bitnet data fetch enwik8
        bitnet data fetch enwik8 --url http://mirror.example/enwik8.zip --output /data/enwik8

      The archive is checked against its SHA-256 and the text against its MD5 before it gets its name. A download \
      that breaks off or is stopped with Ctrl-C (exit code 130) leaves OUTPUT.zip.part; the same command goes on from \
      there. A file that is there already is checked, and neither fetched again nor replaced.
      """)

  @Argument(help: "The corpus: \(KnownCorpus.all.map(\.name).joined(separator: ", ")).")
  var name: String

  @Option(help: "Fetch the same archive from elsewhere (http or https).")
  var url: String?

  @Option(help: "Where the text goes. (default: data/NAME)")
  var output: String?

  @Flag(help: "Show errors only.")
  var quiet = false

  func validate() throws {
    guard corpus != nil else {
      throw ValidationError(
        "There is no corpus '\(name)'. Known: \(KnownCorpus.all.map(\.name).joined(separator: ", ")).")
    }
    guard url == nil || source != nil else {
      throw ValidationError("'\(url ?? "")' is no address of a file. Expected http://… or https://….")
    }
  }

  func run() async throws {
    guard let corpus else { return }
    let path = output ?? "data/\(corpus.name)"
    let display = quiet ? nil : DownloadDisplay()
    let outcome: KnownCorpus.Outcome
    do {
      let source = source
      outcome = try await Interruption.cancelling {
        try await corpus.fetch(to: URL(fileURLWithPath: path), from: source) { display?.show($0) }
      }
      display?.endLine()
    } catch is CancellationError {
      display?.endLine()
      display?.tell("Interrupted. The same command goes on from where it stopped.")
      throw ExitCode.interrupted
    } catch {
      display?.endLine()
      throw error
    }
    guard !quiet else { return }
    switch outcome {
    case .alreadyThere:
      StandardOutput.tell("\(path) is there already and right: \(corpus.byteCount) bytes, MD5 \(corpus.md5).")
    case .fetched: StandardOutput.tell("\(path): \(corpus.byteCount) bytes, MD5 \(corpus.md5).")
    }
  }

  private var corpus: KnownCorpus? { KnownCorpus.all.first { $0.name == name } }

  private var source: URL? {
    guard let address = url.flatMap({ URL(string: $0) }), address.host() != nil else { return nil }
    return ["http", "https"].contains(address.scheme?.lowercased()) ? address : nil
  }
}
