// swift-tools-version: 6.2
import PackageDescription

/// What speaks HTTP; not even fetched without the trait.
let httpProducts: [Target.Dependency] = [
  ("Hummingbird", "hummingbird"), ("HummingbirdCore", "hummingbird"), ("HummingbirdTLS", "hummingbird"),
  ("ServiceLifecycle", "swift-service-lifecycle"),
  ("NIOCore", "swift-nio"), ("NIOPosix", "swift-nio"), ("NIOHTTP1", "swift-nio"),
  ("NIOHTTPTypes", "swift-nio-extras"), ("NIOHTTPTypesHTTP1", "swift-nio-extras"), ("NIOSSL", "swift-nio-ssl"),
  ("HTTPTypes", "swift-http-types"), ("Logging", "swift-log"),
].map { .product(name: $0, package: $1, condition: .when(traits: ["Server"])) }

// One target per room; a target depends only on targets of lower floors (see ARCHITECTURE.md).
let package = Package(
  name: "swift-bitnet",
  platforms: [.macOS(.v15)],
  products: [
    // Tensors and gradients; operations and optimisers can be added from outside.
    .library(name: "BitNetAutograd", targets: ["Kernels", "Autograd"]),
    // Running models: no training code.
    .library(
      name: "BitNetInference",
      targets: ["Kernels", "FileFormats", "Templates", "Tokenization", "Architectures", "Inference"]),
    // Answering many requests with one: batches, queue, caches; no HTTP.
    .library(
      name: "BitNetServing",
      targets: ["Kernels", "FileFormats", "Templates", "Tokenization", "Architectures", "Inference", "Serving"]),
    // The same over HTTP; empty without the trait.
    .library(
      name: "BitNetServer",
      targets: [
        "Kernels", "FileFormats", "Templates", "Tokenization", "Architectures", "Inference", "Serving", "BitNetServer",
      ]),
    // Making them.
    .library(
      name: "BitNetTraining",
      targets: [
        "Kernels", "Autograd", "FileFormats", "Templates", "Tokenization", "Layers", "Datasets", "Architectures",
        "Models",
        "Training", "Recipes", "Inference", "Export", "Workflows",
      ]),
    .executable(name: "bitnet", targets: ["bitnet"]),
  ],
  traits: [
    .default(enabledTraits: ["Server", "TensorBoard"]),
    .trait(name: "Server", description: "The command `bitnet serve`, and the packages for HTTP that it needs."),
    .trait(name: "TensorBoard", description: "Event files for TensorBoard; compiles the package for their messages."),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
  ],
  targets: [
    // Floor 0: C
    .systemLibrary(
      name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .target(name: "CKernels"),

    // Floor 1: numerics
    .target(name: "Kernels", dependencies: ["CKernels"]),

    // Floor 2: tensors, files, tokens
    .target(name: "Autograd", dependencies: ["Kernels"]),
    .target(name: "FileFormats", dependencies: ["Kernels"]),
    .target(name: "Templates"),
    .target(name: "Tokenization", dependencies: ["Templates", "FileFormats", "Kernels"]),

    // Floor 3: layers, data
    .target(name: "Layers", dependencies: ["Autograd", "Kernels"]),
    .target(name: "Datasets", dependencies: ["Kernels", "FileFormats", "Templates", "Tokenization", "CZlib"]),

    // Beside them: what TensorBoard reads, for those who log
    .target(
      name: "TensorBoardEvents",
      dependencies: ["FileFormats", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
      exclude: ["Wire/event.proto"]),

    // Floor 4: what a model is, and its files
    .target(name: "Architectures", dependencies: ["Kernels", "FileFormats", "Tokenization"]),

    // Floor 5: models that run, models that learn
    .target(name: "Inference", dependencies: ["Kernels", "FileFormats", "Tokenization", "Architectures"]),
    .target(name: "Models", dependencies: ["Layers", "Architectures", "Autograd", "FileFormats", "Kernels"]),

    // Floor 6: the training loop, proof at export
    .target(
      name: "Training",
      dependencies: [
        "Models", "Layers", "Architectures", "Datasets", "Autograd", "FileFormats", "Tokenization", "Kernels",
      ]),
    .target(
      name: "Export",
      dependencies: ["Inference", "Architectures", "FileFormats", "Tokenization", "Kernels"]),

    // Floor 7: recipes
    .target(
      name: "Recipes",
      dependencies: [
        "Training", "Inference", "Models", "Layers", "Architectures", "Datasets", "Templates", "Tokenization",
        "Autograd", "FileFormats", "Kernels", "Yams",
      ]),

    // Beside it: many requests at a time
    .target(
      name: "Serving",
      dependencies: ["Inference", "Templates", "Tokenization", "Architectures", "FileFormats", "Kernels"]),

    // Floor 8: what is done with a whole model
    .target(
      name: "Workflows",
      dependencies: [
        "Recipes", "Training", "Export", "Inference", "Models", "Architectures", "Datasets", "FileFormats",
        "Tokenization", "Autograd", "Kernels",
      ]),

    // Beside it: runs as TensorBoard sees them
    .target(
      name: "RunEvents",
      dependencies: ["Recipes", "Training", "Models", "Autograd", "TensorBoardEvents", "Kernels"]),

    // Beside it: runs as others see them
    .target(
      name: "Reports", dependencies: ["FileFormats"],
      resources: [.embedInCode("Page/report.css"), .embedInCode("Page/report.js")]),

    // Beside it: answers over HTTP; empty without the trait
    .target(
      name: "BitNetServer",
      dependencies: [
        "Serving", "Inference", "Templates", "Tokenization", "Architectures", "FileFormats", "Kernels",
      ] + httpProducts,
      resources: [.embedInCode("Page/chat.html"), .embedInCode("Page/openapi.json")]),

    // Floor 9: the command line
    .executableTarget(
      name: "bitnet",
      dependencies: [
        .target(name: "BitNetServer", condition: .when(traits: ["Server"])),
        .target(name: "Serving", condition: .when(traits: ["Server"])), "Workflows", "Reports", "Recipes", "Training",
        "Export", "Inference", "Models",
        "Layers", "Architectures", "Datasets", "FileFormats", "Templates",
        "Tokenization", "Autograd", "Kernels", .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .target(name: "RunEvents", condition: .when(traits: ["TensorBoard"])),
      ]),

    // Reads files that are nearly right (`make fuzz`)
    .executableTarget(
      name: "fuzz",
      dependencies: [
        "Recipes", "Export", "Inference", "Architectures", "Datasets", "Templates", "Tokenization", "FileFormats",
        "Kernels",
      ], path: "Tests/Fuzz"),

    // Tests
    .target(name: "TestSupport", dependencies: ["Kernels"], path: "Tests/TestSupport"),
    .target(
      name: "ServingTestSupport",
      dependencies: ["Serving", "Inference", "Architectures", "FileFormats", "Tokenization", "Kernels", "TestSupport"],
      path: "Tests/ServingTestSupport"),
    .testTarget(name: "KernelsTests", dependencies: ["Kernels", "CKernels"], exclude: ["Fixtures"]),
    .testTarget(
      name: "AutogradTests",
      dependencies: ["Autograd", "Kernels", .product(name: "ComplexModule", package: "swift-numerics")]),
    .testTarget(name: "FileFormatsTests", dependencies: ["FileFormats", "Architectures", "Kernels", "TestSupport"]),
    .testTarget(
      name: "TokenizationTests", dependencies: ["Templates", "Tokenization", "FileFormats", "Kernels", "TestSupport"],
      exclude: ["Fixtures", "Python"]),
    .testTarget(
      name: "ArchitecturesTests", dependencies: ["Architectures", "FileFormats", "Kernels", "TestSupport"]),
    .testTarget(
      name: "TensorBoardEventsTests", dependencies: ["TensorBoardEvents", "FileFormats", "TestSupport"]),
    .testTarget(
      name: "ModelsTests",
      dependencies: ["Models", "Layers", "Training", "Architectures", "Autograd", "FileFormats", "Kernels"],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "DatasetsTests",
      dependencies: ["Datasets", "Kernels", "FileFormats", "Templates", "Tokenization", "CZlib", "TestSupport"]),
    .testTarget(
      name: "InferenceTests",
      dependencies: [
        "Inference", "Export", "Models", "Architectures", "Autograd", "FileFormats", "Tokenization", "Kernels",
        "TestSupport",
      ]),
    .testTarget(
      name: "TrainingTests",
      dependencies: [
        "Training", "Models", "Layers", "Architectures", "Datasets", "Autograd", "FileFormats", "Tokenization",
        "Kernels", "TestSupport",
      ],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "RecipesTests",
      dependencies: [
        "Recipes", "Training", "Datasets", "Architectures", "Tokenization", "FileFormats",
        "TestSupport",
      ]),
    .testTarget(
      name: "RunEventsTests", dependencies: ["RunEvents", "TensorBoardEvents", "Recipes", "Training", "TestSupport"]),
    .testTarget(
      name: "ServingTests",
      dependencies: [
        "Serving", "Inference", "Architectures", "FileFormats", "Templates", "Tokenization", "Kernels", "TestSupport",
        "ServingTestSupport",
      ]),
    .testTarget(
      name: "BitNetServerTests",
      dependencies: [
        "BitNetServer", "Serving", "Inference", "FileFormats", "Templates", "Tokenization", "Kernels",
        "ServingTestSupport",
        "TestSupport",
      ]),
    .testTarget(name: "ReportsTests", dependencies: ["Reports", "TestSupport"]),
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "bitnet", "fuzz", "Inference", "Models", "Architectures", "Autograd", "FileFormats", "Tokenization", "Kernels",
        "TestSupport",
      ],
      exclude: ["Python"]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c17
)
