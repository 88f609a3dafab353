extension BinaryInteger {
    /// `1 path`, `2 paths`: the number with what it counts.
    public func counted(_ one: String, _ many: String? = nil) -> String { "\(self) \(self == 1 ? one : many ?? one + "s")" }
}
