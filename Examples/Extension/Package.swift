// swift-tools-version: 6.1
import PackageDescription

// What can be added from outside: an operation with its gradient, and an optimiser. Only public API is in reach here.
let package = Package(
  name: "Extension",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "swift-bitnet", path: "../..")],
  targets: [
    .target(
      name: "Extension",
      dependencies: [
        .product(name: "BitNetAutograd", package: "swift-bitnet"),
        .product(name: "BitNetTraining", package: "swift-bitnet"),
      ]),
    .testTarget(name: "ExtensionTests", dependencies: ["Extension"]),
  ],
  swiftLanguageModes: [.v6]
)
