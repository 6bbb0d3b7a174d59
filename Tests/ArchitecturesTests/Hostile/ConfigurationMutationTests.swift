import FileFormats
import Foundation
import Kernels
import Testing
import TestSupport

import Architectures

/// Configurations that chance has spoilt. In processes of their own, so that what they ask the system for can be counted.
@Suite struct ConfigurationMutationTests {
  /// Of all classes together.
  private static let count = 10_000

  @Test func aModelOrAnErrorThatSaysWhy() async throws {
    await #expect(processExitsWith: .success) {
      try ThreadPool.$current.withValue(.serial) {
        var mutants = TextMutants(seed: 31)
        var (accepted, refused, complaints) = (0, 0, Set<String>())
        let folders = try HuggingFaceClass.allCases.map { ($0, try HostileFolder($0)) }
        for (named, folder) in folders { #expect(folder.refusal() == nil, "\(named)") }
        let watch = HostileFileWatch(fileBytes: 1 << 20)
        for (named, folder) in folders {
          let file = try RewrittenFile("config.json", in: folder.directory)
          for _ in 0..<Self.count / folders.count + 1 {
            let (bytes, key) = mutants.configuration(folder.configuration)
            try file.write(bytes)
            guard let refusal = watch.time({ folder.refusal() }) else {
              accepted += 1
              continue
            }
            refused += 1
            let found = RefusalCheck.complaint(
              about: refusal, in: folder.url, file: file.url.lastPathComponent, key: key)
            if let found { complaints.insert("\(named): \(found)") }
          }
        }
        #expect(complaints.isEmpty, "\(complaints.count): \(complaints.sorted().prefix(12).joined(separator: "\n"))")
        #expect(accepted > 500 && refused > 5000, "\(accepted) accepted, \(refused) refused")
        #expect(watch.problems.isEmpty, "\(watch.problems)")
      }
    }
  }
}

extension TextMutants {
  /// - Returns: a spoilt config.json, and the only key that was changed if it still is JSON.
  fileprivate mutating func configuration(_ whole: JSONValue) -> (bytes: [UInt8], key: String?) {
    var draft = JSONDraft(whole)
    guard number(below: 3) > 0 else { return (spoil(draft.written), nil) }
    let changes = number(below: 4) == 0 ? 2 + number(below: 4) : 1
    var key: String?
    for _ in 0..<changes { key = changeMember(of: &draft) }
    return (Array(draft.written.utf8), changes == 1 ? key : nil)
  }
}
