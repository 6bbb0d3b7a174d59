import Foundation

extension Jinja.Interpreter {
  /// `strftime_now(format)`: the clock's time as C's `strftime` writes it.
  static func formattedTime(_ arguments: Jinja.Arguments, _ interpreter: Jinja.Interpreter) throws -> Value {
    let format = try Jinja.argument(arguments.bound("strftime_now", "format", required: 1)[0], "strftime_now")
    let clock = interpreter.clock
    var seconds =
      time_t(clock.date.timeIntervalSince1970.rounded(.down)) + clock.timeZone.secondsFromGMT(for: clock.date)
    var fields = tm()
    gmtime_r(&seconds, &fields)
    let fraction = clock.date.timeIntervalSince1970 - clock.date.timeIntervalSince1970.rounded(.down)
    let pieces = pieces(of: format, microseconds: Int(fraction * 1_000_000))
    guard pieces.utf8.count <= 4096, !pieces.utf8.contains(0) else {
      throw JinjaError(.limit, "the format of strftime_now has more than 4096 bytes or a zero byte")
    }
    if pieces.isEmpty { return .text("") }
    // C says nothing about a result that is empty, so it is made not to be.
    var buffer = [CChar](repeating: 0, count: 1 << 17)
    let count = strftime(&buffer, buffer.count, pieces + "|", &fields)
    guard count > 0 else { throw JinjaError(.value, "strftime_now does not understand its format") }
    return .text(Text(buffer[..<(count - 1)].map { UInt8(bitPattern: $0) }))
  }

  /// The format without what Python fills in itself: a time without a zone has no text for one.
  private static func pieces(of format: Text, microseconds: Int) -> String {
    var result = ""
    var isDirective = false
    for scalar in format.string.unicodeScalars {
      if isDirective {
        isDirective = false
        switch scalar {
        case "Z", "z": break
        case "f": result += String(repeating: "0", count: max(0, 6 - "\(microseconds)".count)) + "\(microseconds)"
        default: result += "%" + String(scalar)
        }
      } else if scalar == "%" {
        isDirective = true
      } else {
        result += String(scalar)
      }
    }
    return isDirective ? result + "%%" : result
  }
}
