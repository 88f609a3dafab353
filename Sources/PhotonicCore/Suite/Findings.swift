/// What the checks of one file come to.
struct Findings {
    /// So many single faults of a kind are listed; all are counted.
    private static let detailsMax = 10

    let file: String
    let source: String
    private(set) var checks: [CheckResult] = []

    init(_ file: String, source: String) {
        self.file = file
        self.source = source
    }

    mutating func check(
        _ what: String, _ value: Double?, _ expected: Double, tolerance: Double = 0, unit: String = "", element: String? = nil,
        note: String? = nil
    ) {
        checks.append(
            CheckResult(
                name: "\(file): \(what)", file: file, element: element, value: value, expected: expected, tolerance: tolerance, unit: unit,
                source: source, note: note))
    }

    /// At most `limit`; nil and whatever is no number fail.
    mutating func check(_ what: String, _ value: Double?, atMost limit: Double, unit: String = "", note: String? = nil) {
        check(what, value, 0, tolerance: limit, unit: unit, note: note)
    }

    /// A value of the file that is outside of its range.
    struct Fault {
        let element: String
        let value: Double
        let range: ClosedRange<Double>
        var unit = ""

        var note: String { "\(element) is \(value)\(unit.isEmpty ? "" : " \(unit)"), outside \(range.lowerBound) to \(range.upperBound)." }
    }

    /// One check that counts faults, and one more for each of the first of them.
    mutating func check(_ what: String, faults: [Fault], count: Int) {
        check(what, Double(count), 0, note: faults.first?.note)
        for fault in faults.prefix(Self.detailsMax) {
            let (low, high) = (fault.range.lowerBound, fault.range.upperBound)
            check(
                "\(what), \(fault.element)", fault.value, low / 2 + high / 2, tolerance: high / 2 - low / 2, unit: fault.unit,
                element: fault.element, note: fault.note)
        }
    }

    mutating func check(_ what: String, faults: [Fault]) { check(what, faults: faults, count: faults.count) }

    mutating func add(_ more: [CheckResult]) { checks += more }
}
