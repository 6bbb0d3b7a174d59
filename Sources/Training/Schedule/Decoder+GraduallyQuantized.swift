import Models

extension Decoder: GraduallyQuantized {}
