// swift-tools-version: 6.1
import PackageDescription

// One target per room; a target depends only on targets of lower floors (see ARCHITECTURE.md).
let package = Package(
  name: "swift-bitnet",
  platforms: [.macOS(.v15)],
  products: [
    .library(
      name: "BitNet",
      targets: [
        "Kernels", "Autograd", "ModelFormats", "Tokenization", "Models", "Datasets", "Inference",
        "Training", "Recipes",
      ]),
    .executable(name: "bitnet", targets: ["bitnet"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // Floor 0: C
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
    .systemLibrary(
      name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .target(name: "CKernels"),

    // Floor 1: numerics
    .target(name: "Kernels", dependencies: ["CKernels", "COpenBLAS"]),

    // Floor 2: tensors, files, tokens
    .target(name: "Autograd", dependencies: ["Kernels"]),
    .target(
      name: "ModelFormats",
      dependencies: ["Kernels", .product(name: "Crypto", package: "swift-crypto")]),
    .target(name: "Tokenization"),

    // Floor 3: models, data, inference
    .target(name: "Models", dependencies: ["Autograd", "ModelFormats", "Kernels"]),
    .target(
      name: "Datasets",
      dependencies: [
        "Kernels", "ModelFormats", "Tokenization", "CZlib",
        .product(name: "Crypto", package: "swift-crypto"),
      ]),
    .target(name: "Inference", dependencies: ["Kernels", "ModelFormats", "Tokenization"]),

    // Floor 4: the training loop
    .target(
      name: "Training",
      dependencies: ["Models", "Datasets", "Autograd", "ModelFormats", "Tokenization", "Kernels"]),

    // Floor 5: recipes
    .target(
      name: "Recipes",
      dependencies: [
        "Training", "Models", "Datasets", "Tokenization", "Autograd", "ModelFormats", "Kernels", "Yams",
        .product(name: "Crypto", package: "swift-crypto"),
      ]),

    // Floor 6: the command line
    .executableTarget(
      name: "bitnet",
      dependencies: [
        "Recipes", "Training", "Inference", "Models", "Datasets", "ModelFormats", "Tokenization",
        "Autograd", "Kernels", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    // Tests
    .testTarget(name: "KernelsTests", dependencies: ["Kernels", "CKernels"], exclude: ["Fixtures"]),
    .testTarget(
      name: "AutogradTests",
      dependencies: ["Autograd", .product(name: "ComplexModule", package: "swift-numerics")]),
    .testTarget(name: "ModelFormatsTests", dependencies: ["ModelFormats"]),
    .testTarget(name: "TokenizationTests", dependencies: ["Tokenization"]),
    .testTarget(
      name: "ModelsTests", dependencies: ["Models", "Training"], exclude: ["Fixtures"]),
    .testTarget(name: "DatasetsTests", dependencies: ["Datasets", "Kernels", "Tokenization", "CZlib"]),
    .testTarget(name: "InferenceTests", dependencies: ["Inference", "Models"]),
    .testTarget(
      name: "TrainingTests", dependencies: ["Training", "Models", "Datasets", "Tokenization"],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "RecipesTests",
      dependencies: ["Recipes", "Training", "Datasets", "Tokenization", "ModelFormats"]),
    .testTarget(
      name: "EndToEndTests", dependencies: ["bitnet", "Inference", "ModelFormats", "Tokenization", "Kernels"],
      exclude: ["Python"]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c17
)
