import ArgumentParser

/// For commands that read a text.
struct ForceOption: ParsableArguments {
  @Flag(help: "Take a file as text that does not look like text.")
  var force = false
}
