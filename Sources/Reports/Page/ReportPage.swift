import FileFormats
import Foundation

/// Several runs as one page of HTML that needs nothing but a browser.
package struct ReportPage {
  private let runs: [RunHistory]

  /// - Parameter runs: runs of the same name get as much of their path as tells them apart.
  package init(_ runs: [RunHistory]) { self.runs = Self.distinct(runs) }

  package func html() throws -> String {
    let data = try JSONEncoder.compact.encode(runs.map(ReportData.init))
    // Nothing in the data may end the element that holds it.
    let json = String(decoding: data, as: UTF8.self).replacing("<", with: "\\u003C")
    let title = runs.map(\.name).joined(separator: ", ")
    return """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta http-equiv="Content-Security-Policy" \
      content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
      <title>\(Self.escaped(title))</title>
      <style>
      \(text(PackageResources.report_css))</style>
      </head>
      <body>
      <main>
      <h1>\(Self.escaped(title))</h1>
      <div class="muted">\(runs.count == 1 ? "One training run" : "\(runs.count) training runs") of swift-bitnet</div>
      <div id="runs" class="runs"></div>
      <div id="controls" class="controls"></div>
      <div id="charts" class="charts"></div>
      <section><h2>Layers</h2><div id="layers" class="charts"></div></section>
      <section><h2>What the model wrote</h2><div id="samples"></div></section>
      <section><h2>Recipe</h2><div id="recipe" class="scroll"></div></section>
      <section><h2>Where it was trained</h2><div id="environment" class="scroll"></div></section>
      </main>
      <script type="application/json" id="data">\(json)</script>
      <script>
      \(text(PackageResources.report_js))</script>
      </body>
      </html>

      """
  }

  private func text(_ resource: [UInt8]) -> String { String(decoding: resource, as: UTF8.self) }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }

  private static func distinct(_ runs: [RunHistory]) -> [RunHistory] {
    let counts = Dictionary(runs.map { ($0.name, 1) }, uniquingKeysWith: +)
    return runs.map { run in
      var run = run
      if counts[run.name] != 1 {
        run.name = run.url.standardizedFileURL.pathComponents.suffix(2).joined(separator: "/")
      }
      return run
    }
  }
}

extension JSONEncoder {
  fileprivate static var compact: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return encoder
  }
}

/// What the script of the page gets of a run.
private struct ReportData: Encodable {
  struct Table: Encodable {
    let keys: [String]
    let rows: [[Double?]]

    init(_ table: MetricsTable) {
      keys = ["step"] + table.keys
      rows = zip(table.steps, table.rows()).map { [Double($0)] + $1 }
    }
  }

  struct Sample: Encodable {
    let step: Int
    let prompt: String
    let text: String
  }

  let name: String
  let facts: [[String]]
  let training: Table
  let validation: Table
  let samples: [Sample]
  let recipe: [[String]]
  let environment: [[String]]

  init(_ run: RunHistory) {
    name = run.name
    facts = RunSummary(run).facts.map { [$0.key, $0.value] }
    (training, validation) = (Table(run.training), Table(run.validation))
    samples = run.samples.map { Sample(step: $0.step, prompt: $0.prompt, text: $0.text) }
    recipe = run.recipe.map { [$0.key, $0.value] }
    environment = run.environment.map { [$0.key, $0.value] }
  }
}
