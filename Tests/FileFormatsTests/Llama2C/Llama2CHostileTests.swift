import Foundation
import Testing
import TestSupport

import FileFormats

/// Broken llama2.c files: each is refused with the right complaint, in bounded time and memory.
@Suite struct Llama2CHostileTests {
  private func problem(_ contents: Data) throws -> Llama2CError.Problem? {
    let directory = try TemporaryDirectory()
    let url = try directory.file("hostile.bin", contents)
    do {
      _ = try Llama2CFile(url)
      return nil
    } catch let error as Llama2CError {
      #expect("\(error)".hasPrefix(url.path))
      return error.problem
    }
  }

  private func problem(field: Int, _ value: Int32) throws -> Llama2CError.Problem? {
    var fixture = Llama2CFixture()
    fixture.fields[field] = value
    return try problem(fixture.bytes())
  }

  private let size = 28 + 4 * Llama2CFixture.floatCount

  @Test func theSizeMustBeExact() throws {
    #expect(try problem(Llama2CFixture().bytes()) == nil)
    #expect(try problem(Llama2CFixture().bytes(more: 1)) == .wrongSize(expected: size, found: size + 1))
    #expect(try problem(Llama2CFixture().bytes().dropLast()) == .wrongSize(expected: size, found: size - 1))
    #expect(try problem(Llama2CFixture().bytes(floats: 0)) == .wrongSize(expected: size, found: 28))
    for count in 1...27 {
      #expect(try problem(Llama2CFixture().bytes().prefix(count)) == .tooShort(fileBytes: count))
    }
  }

  @Test func emptyFilesAreNone() throws {
    let directory = try TemporaryDirectory()
    #expect(throws: FileError.self) { try Llama2CFile(directory.file("empty.bin")) }
  }

  @Test func fieldsArePositive() throws {
    let names = ["dim", "hidden_dim", "n_layers", "n_heads", "n_kv_heads", "vocab_size", "seq_len"]
    for (field, name) in names.enumerated() {
      #expect(try problem(field: field, 0) == .invalidField(name: name, "0"))
      for value: Int32 in [-1, .min] where name != "vocab_size" {
        #expect(try problem(field: field, value) == .invalidField(name: name, "\(value)"))
      }
    }
  }

  @Test func headsShareTheWidth() throws {
    for heads: Int32 in [3, 8, 16] {
      guard case .invalidField("n_heads", _)? = try problem(field: 3, heads) else {
        Issue.record("\(heads) heads for a width of 8")
        continue
      }
    }
    for heads: Int32 in [3, 4, .max] {
      guard case .invalidField("n_kv_heads", _)? = try problem(field: 4, heads) else {
        Issue.record("\(heads) key-value heads for 2 heads")
        continue
      }
    }
  }

  @Test func hugeNumbersNeitherOverflowNorAllocate() throws {
    for field in [1, 2, 5, 6] {
      guard case .wrongSize(let expected?, size)? = try problem(field: field, .max) else {
        Issue.record("field \(field)")
        continue
      }
      #expect(expected > size)
    }
    guard case .wrongSize(.some, size)? = try problem(field: 5, .min) else {
      Issue.record("the most negative vocabulary")
      return
    }
    var fixture = Llama2CFixture()
    fixture.fields = [1 << 30, .max, .max, 1, 1, .max, .max]
    #expect(try problem(fixture.bytes()) == .wrongSize(expected: nil, found: size))
  }

  @Test func laterVersionsAreNamed() throws {
    for version: Int32 in [1, 2] {
      var fixture = Llama2CFixture()
      (fixture.fields[0], fixture.fields[1]) = (0x616B_3432, version)
      #expect(try problem(fixture.bytes()) == .unsupportedVersion(version))
    }
  }

  @Test func tensorsThatAreNotThere() throws {
    let directory = try TemporaryDirectory()
    let url = try directory.file("a.bin", Llama2CFixture().bytes())
    let file = try Llama2CFile(url)
    let error = Llama2CError(path: url.path, problem: .noSuchTensor("output.weight"))
    #expect(throws: error) { try file.floats(of: "output.weight") }
  }
}
