/// The result of the checks of one file.
struct Findings {
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
        /// Where it stands in the file.
        var line: Int?

        /// The middle of the range and half its width; where rounding would let the value pass as well, the nearest end of the range.
        var expectation: (expected: Double, tolerance: Double) {
            let (low, high) = (range.lowerBound, range.upperBound)
            let (middle, half) = (low / 2 + high / 2, high / 2 - low / 2)
            return abs(value - middle) <= half ? (value < low ? low : high, 0) : (middle, half)
        }

        var note: String {
            let place = line.map { "line \($0): " } ?? ""
            return "\(place)\(element) is \(value)\(unit.isEmpty ? "" : " \(unit)"), outside \(range.lowerBound) to \(range.upperBound)."
        }
    }

    /// One check that counts faults, and one more for each of the first of them.
    mutating func check(_ what: String, faults: Tally<Fault>) {
        check(what, Double(faults.count), 0, note: faults.first.first?.note)
        for fault in faults.first {
            let (expected, tolerance) = fault.expectation
            check(
                "\(what), \(fault.element)", fault.value, expected, tolerance: tolerance, unit: fault.unit, element: fault.element,
                note: fault.note)
        }
    }

    mutating func add(_ more: [CheckResult]) { checks += more }
}
