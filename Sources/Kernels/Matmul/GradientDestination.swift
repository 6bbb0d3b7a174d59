/// float32 memory that the gradient of an operand is written to, or added to.
package typealias GradientDestination = (values: UnsafeMutablePointer<Float>, adds: Bool)
