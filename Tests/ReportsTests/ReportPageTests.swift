import Foundation
import Reports
import Testing

@Suite struct ReportPageTests {
  private static let browser = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  private func page() throws -> (html: String, folders: [RunFolder]) {
    let folders = [try RunFolder("left"), try RunFolder("right", learningRate: "0.002")]
    return (try ReportPage(folders.map { try RunHistory($0.url) }).html(), folders)
  }

  @Test func nothingIsLoadedFromAnywhere() throws {
    let html = try page().html
    #expect(html.contains("default-src 'none'"))
    for scheme in ["http://", "https://", "src=", "@import", "url("] {
      let found = html.replacing("http://www.w3.org/2000/svg", with: "").replacing("url(#", with: "")
      #expect(!found.contains(scheme), "\(scheme)")
    }
  }

  /// What a model writes may look like HTML.
  @Test func textsOfAModelStayTexts() throws {
    let html = try page().html
    #expect(html.components(separatedBy: "</script>").count == 3)
    #expect(html.contains("end \\u003C/script>\\u003Cb>"))
  }

  @Test func runsOfOneNameAreToldApart() throws {
    let (left, right) = (try RunFolder("run"), try RunFolder("run"))
    let html = try ReportPage([RunHistory(left.url), RunHistory(right.url)]).html()
    for folder in [left, right] { #expect(html.contains("\(folder.directory.url.lastPathComponent)/run")) }
  }

  /// The step between two marks of its axis would be smaller than the last digit of the numbers.
  @Test(.enabled(if: browser != nil, "no Chromium on this machine"))
  func aCurveThatIsAlmostFlatIsDrawn() throws {
    let folder = try RunFolder()
    try folder.write(
      "metrics.jsonl",
      #"{"step":1,"loss":0.6931471805599453}"# + "\n" + #"{"step":2,"loss":0.6931471805599454}"# + "\n")
    let dom = try Self.dom(of: ReportPage([RunHistory(folder.url)]).html(), in: folder)
    #expect(dom.contains("aria-label=\"Loss, nats") && dom.contains("<path "))
  }

  @Test(.enabled(if: browser != nil, "no Chromium on this machine"))
  func aBrowserDrawsIt() throws {
    let (html, folders) = try page()
    let dom = try Self.dom(of: html, in: folders[0])
    for title in ["Loss, nats", "Bits per byte", "Learning rate", "Tokens per second", "Share of zeros, by layer"] {
      #expect(dom.contains("aria-label=\"\(title)"), "\(title)")
    }
    // Two runs: training and validation of the loss have a line each.
    #expect(dom.components(separatedBy: "<path ").count > 10)
    #expect(dom.contains("end &lt;/script&gt;&lt;b&gt;"))
    #expect(dom.contains("<tr class=\"differs\"><td>optimizer.lr</td>"))
  }

  /// What a browser makes of a page.
  private static func dom(of html: String, in folder: RunFolder) throws -> String {
    let file = folder.directory.url.appending(path: "report.html")
    try Data(html.utf8).write(to: file)
    let process = Process()
    process.executableURL = browser.map { URL(filePath: $0) }
    process.arguments = [
      "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=3000", "--dump-dom",
      "--user-data-dir=\(folder.directory.url.path)/profile", file.absoluteString,
    ]
    let pipe = Pipe()
    (process.standardOutput, process.standardError) = (pipe, FileHandle.nullDevice)
    try process.run()
    return try withExtendedLifetime(folder) {
      let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      return String(decoding: output, as: UTF8.self)
    }
  }
}
