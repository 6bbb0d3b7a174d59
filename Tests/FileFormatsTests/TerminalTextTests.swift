import FileFormats
import Testing

@Suite struct TerminalTextTests {
  @Test func whatSteersIsEscapedAndNothingElse() {
    #expect("a\tb\nc é 漢 👩‍🔬".safeForTerminal == "a\tb\nc é 漢 👩‍🔬")
    #expect("\u{1B}[31m".safeForTerminal == "\\u{1B}[31m")
    let steering = "\r\u{7F}\u{9B}\u{202E}\u{2066}\u{200F}\u{2028}"
    #expect(steering.safeForTerminal.utf8.allSatisfy { $0 < 0x80 })
    #expect("a\r\nb".safeForTerminal == "a\\r\nb")
  }
}
