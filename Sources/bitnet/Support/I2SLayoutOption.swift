import ArgumentParser
import Kernels

/// The option of every command that opens a GGUF file: nothing in one with I2_S tensors says how they are laid out.
struct I2SLayoutOption: ParsableArguments {
  @Option(
    name: .customLong("i2s-layout"),
    help: ArgumentHelp(
      "Elements in a block of I2_S, for GGUF files of that type: 128, or 64 as bitnet.cpp writes them on ARM since the "
        + "end of 2025. Text that comes out as gibberish is the only sign of the wrong one.", valueName: "128|64"))
  var layout = I2SLayout.blocksOf128
}

extension I2SLayout: ExpressibleByArgument {}
