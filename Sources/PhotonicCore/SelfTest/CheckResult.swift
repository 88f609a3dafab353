/// One check of the self-test: what came out, what should have, and where that is written.
public struct CheckResult: Sendable, Codable, Equatable {
    /// What is compared.
    public let name: String
    /// The file that it is about, beneath the directory checked; nil for the code's own checks.
    public private(set) var file: String?
    /// The part of the file: "ring-3.quality_factor", "[3, 17]"; nil for all of it.
    public let element: String?
    /// Nil if nothing could be measured, or no finite number came out; such a check has failed.
    public let value: Double?
    /// What `value` should be.
    public let expected: Double
    /// How far `value` may be from `expected`, in the same unit.
    public let tolerance: Double
    /// Empty for a pure number.
    public let unit: String
    /// The paper, book or format that the expected value comes from.
    public let source: String
    /// Whether it is within the tolerance.
    public let passed: Bool
    /// The problem, as a sentence; nil if there is none.
    public let note: String?

    /// `note` is kept only if the check fails.
    public init(
        name: String, file: String? = nil, element: String? = nil, value: Double?, expected: Double, tolerance: Double = 0,
        unit: String = "", source: String, note: String? = nil
    ) {
        let measured = value.flatMap { $0.isFinite ? $0 : nil }
        // A comparison with no number proves nothing, and no format could hold it.
        let isComparable = expected.isFinite && tolerance.isFinite
        let passed = isComparable && (measured.map { abs($0 - expected) <= tolerance } ?? false)
        self.name = name
        self.file = file
        self.element = element
        self.value = measured
        self.expected = expected.isFinite ? expected : 0
        self.tolerance = tolerance.isFinite ? tolerance : 0
        self.unit = unit
        self.source = source
        self.passed = passed
        self.note = passed ? nil : note
    }

    /// The same about a file.
    func about(_ file: String) -> CheckResult {
        var check = self
        check.file = file
        return check
    }
}
