/// A part of a model: something that owns parameters.
public protocol Module: AnyObject {
  /// Lists the parameters and submodules under the names they have in a checkpoint.
  func collectParameters(into list: inout ParameterList)
}

/// The named parameters of a module, in the order they were listed.
public struct ParameterList {
  public private(set) var entries: [(name: String, parameter: Parameter)] = []
  /// The submodules that were listed, at every depth, outermost first.
  public private(set) var modules: [(name: String, module: any Module)] = []
  private var prefix = ""

  public init() {}

  public mutating func add(_ name: String, _ parameter: Parameter) {
    entries.append((prefix + name, parameter))
  }

  /// Adds the parameters of a submodule, their names prefixed by `name` and a dot.
  public mutating func add(_ name: String, _ module: some Module) {
    let outer = prefix
    modules.append((prefix + name, module))
    prefix += name + "."
    module.collectParameters(into: &self)
    prefix = outer
  }
}

extension Module {
  /// All parameters with their full names, each once even when it is shared.
  public var namedParameters: [(name: String, parameter: Parameter)] {
    var list = ParameterList()
    collectParameters(into: &list)
    var seen: Set<ObjectIdentifier> = []
    return list.entries.filter { seen.insert(ObjectIdentifier($0.parameter)).inserted }
  }

  /// All submodules with their full names.
  public var namedModules: [(name: String, module: any Module)] {
    var list = ParameterList()
    collectParameters(into: &list)
    return list.modules
  }

  public var parameters: [Parameter] { namedParameters.map(\.parameter) }
}
