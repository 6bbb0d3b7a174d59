import FileFormats
import Foundation
import Kernels

/// A trained LoRA adapter: a folder as PEFT lays it out, or a GGUF file as llama.cpp takes it.
///
/// Opening it checks that the tensors are pairs of factors that fit each other and are finite.
public final class LoRAAdapter: Sendable {
  public static let weightsFileName = "adapter_model.safetensors"

  /// The two factors of one weight.
  public struct Factors: Equatable, Sendable {
    /// The weight's name in the model.
    public let parameterName: String
    public let rank: Int
    public let inputs: Int
    public let outputs: Int
    /// What B·A is multiplied by.
    public let scale: Float
    /// The names of the tensors.
    let a: String
    let b: String
  }

  public let url: URL
  /// Its targets are those of the tensors.
  public let configuration: LoRAConfiguration
  /// Where the model that it belongs to was, as adapter_config.json says.
  public let baseModel: String?
  /// What is known of an adapter that was trained here.
  public let origin: AdapterOrigin?
  /// By name of the weight.
  public let factors: [String: Factors]
  private let tensors: any AdapterTensors

  /// A folder with adapter_config.json, or a GGUF file.
  /// - Throws: `FileError`, `SafetensorsError`, `GGUFError`; `AdapterError` listing everything that is wrong.
  public convenience init(_ url: URL) throws {
    if FileSystem.isDirectory(url) { try self.init(folder: url) } else { try self.init(gguf: GGUFFile(url)) }
  }

  private convenience init(folder url: URL) throws {
    try ForeignAdapter.refuse(url)
    let written = try PEFTConfiguration(folder: url)
    var configuration = written.adapter
    let origin = try AdapterOrigin(folder: url)
    if let placement = origin.flatMap({ LoRAConfiguration.Placement(rawValue: $0.placement) }) {
      configuration.placement = placement
    }
    let file = try SafetensorsFile(url.appendingPathComponent(Self.weightsFileName))
    try self.init(
      url, PEFTAdapterTensors(file: file), configuration, baseModel: written.baseModel, origin: origin,
      ranks: written.ranks)
  }

  init(
    _ url: URL, _ tensors: any AdapterTensors, _ configuration: LoRAConfiguration, baseModel: String?,
    origin: AdapterOrigin?, ranks: PEFTRanks? = nil
  ) throws {
    var pairs = AdapterPairs(tensors, configuration)
    pairs.collect()
    var problems = pairs.problems + (ranks?.problems(pairs.factors) ?? [])
    if problems.isEmpty { problems = try pairs.nonFinite() }
    guard problems.isEmpty else { throw AdapterError(path: url.path, problems: problems) }
    var configuration = configuration
    configuration.targets = LoRAConfiguration.Target.allCases.filter { target in
      pairs.factors.keys.contains { $0.hasSuffix(".\(target.rawValue).weight") }
    }
    self.url = url
    self.configuration = configuration
    self.baseModel = baseModel
    self.origin = origin
    self.tensors = tensors
    factors = pairs.factors
  }

  /// Factor A, float32 [rank, inputs].
  public func a(_ factors: Factors) throws -> [Float] { try tensors.floats(factors.a) }

  /// Factor B, float32 [outputs, rank], its rows in the order of Hugging Face.
  /// - Parameter model: the one that the adapter is for.
  public func b(_ factors: Factors, on model: Architecture) throws -> [Float] {
    let values = try tensors.floats(factors.b)
    guard let parameter = model.parameter(named: factors.parameterName),
      let permutation = RotaryRowPermutation(reading: tensors.rowOrder, parameter, model)
    else { return values }
    return permutation.apply(values)
  }

  /// What is not as in another adapter. Factors must be the same bits; scales, which formats compute from different
  /// numbers, may differ by two units in the last place.
  func differences(from other: LoRAAdapter, on model: Architecture) throws -> [String] {
    var differences = factors.keys == other.factors.keys ? [] : ["it has other factors than \(other.url.path)"]
    for (name, mine) in factors.sorted(by: { $0.key < $1.key }) {
      guard let theirs = other.factors[name] else { continue }
      if try a(mine) != other.a(theirs) || b(mine, on: model) != other.b(theirs, on: model) {
        differences.append("the factors of \(name) are not those of \(other.url.path)")
      }
      if !(abs(mine.scale - theirs.scale) <= 2 * theirs.scale.ulp) {
        differences.append("the scale of \(name) is \(mine.scale), that of \(other.url.path) \(theirs.scale)")
      }
    }
    return differences
  }

  // MARK: - Its model

  /// Checks that the adapter belongs to a model, of whatever format.
  /// - Returns: false where the model is the one that the adapter was trained on but for tokens that were added to it.
  /// - Throws: `AdapterError`.
  package func belongs(to weights: any ModelWeights) throws -> Bool {
    try checkShapes(weights.architecture)
    guard let origin else { return true }
    switch try origin.compare(weights) {
    case .same: return true
    case .otherVocabulary: return false
    case .other(let found):
      throw AdapterError(
        path: url.path,
        problems: [
          "was trained on another model than \(weights.url.path): the layers of that one have the fingerprint "
            + "\(origin.baseFingerprint.prefix(12)), those of this one \(found.prefix(12))"
            + (baseModel.map { "; its own model was \($0)" } ?? "")
        ])
    }
  }

  /// Checks that the factors have the shapes of a model's matrices.
  /// - Throws: `AdapterError`.
  public func checkShapes(_ base: Architecture) throws {
    let shapes = Dictionary(
      uniqueKeysWithValues: base.parameters.filter { $0.projection != nil }.map { ($0.name, $0.shape) })
    var problems: [String] = []
    for factors in factors.values.sorted(by: { $0.parameterName < $1.parameterName }) {
      guard let shape = shapes[factors.parameterName] else {
        problems.append("\(factors.parameterName) is no linear layer of the model")
        continue
      }
      guard shape != [factors.outputs, factors.inputs] else { continue }
      problems.append(
        "the factors of \(factors.parameterName) make \([factors.outputs, factors.inputs]), the model has \(shape)")
    }
    guard problems.isEmpty else { throw AdapterError(path: url.path, problems: problems) }
  }

  /// Where the model lies that the adapter belongs to: as adapter_config.json says, seen from here or from the
  /// adapter, or the `base` of the run folder that the adapter lies in.
  /// - Throws: `AdapterError`.
  public func locateBase() throws -> URL {
    let run = url.standardizedFileURL.deletingLastPathComponent()
    let candidates =
      (baseModel.map { [URL(fileURLWithPath: $0), URL(fileURLWithPath: $0, relativeTo: url)] } ?? [])
      + [run.appendingPathComponent("base")]
    if let found = candidates.first(where: { FileSystem.exists($0) }) { return found.standardizedFileURL }
    throw AdapterError(
      path: url.path,
      problems: [
        "its model \(baseModel.map { "was \($0), which is not there" } ?? "is not named in adapter_config.json"). "
          + "Name the model as MODEL and this folder with --adapter"
      ])
  }

  // MARK: - Folders

  /// Whether a folder holds an adapter and not a model.
  package static func isAdapter(_ url: URL) -> Bool {
    FileSystem.exists(url.appendingPathComponent(LoRAConfiguration.fileName))
      && !FileSystem.exists(url.appendingPathComponent(ModelFolder.configurationFileName))
  }

  /// The files of an adapter folder besides the weights.
  /// - Parameter baseModel: where the model lies that it belongs to.
  public static func files(
    _ configuration: LoRAConfiguration, baseModel: String, origin: AdapterOrigin
  ) throws -> [String: Data] {
    [
      LoRAConfiguration.fileName: try configuration.peftJSON(baseModel: baseModel),
      AdapterOrigin.fileName: try origin.serialized(),
    ]
  }

  /// The name in PEFT's file of a factor called `….q_proj.lora_A.weight` in the model.
  package static func key(ofFactor name: String) -> String { PEFTAdapterTensors.prefix + name }
}
