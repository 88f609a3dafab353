/// Marks for an axis that begins at zero, at round values.
struct Axis {
    let top: Double
    let marks: [Double]

    /// - Parameters:
    ///   - largest: what must fit.
    ///   - steps: distances that look round in the unit of the axis, in ascending order; beyond them ten times the last, and so on.
    init(largest: Double, steps: [Double]) {
        let wanted = max(largest, steps[0]) / 4
        var step = steps.first { $0 >= wanted } ?? steps[steps.count - 1]
        while step < wanted { step *= 2 }
        let count = Int((max(largest, steps[0]) / step).rounded(.up))
        marks = (0...count).map { Double($0) * step }
        top = Double(count) * step
    }

    /// Bytes: 1, 2, 4 … of the powers of 1024.
    static func bytes(upTo largest: Double) -> Axis { Axis(largest: largest, steps: (0..<60).map { Double(UInt64(1) << UInt64($0)) }) }

    /// Milliseconds: parts and multiples of seconds, minutes, hours and days.
    static func time(upTo largest: Double) -> Axis {
        let seconds = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30]
        let minutes = [1.0, 2, 5, 10, 15, 30].map { $0 * 60 }
        let hours = [1.0, 2, 3, 6, 12].map { $0 * 3600 }
        let days = [1.0, 2, 5, 10, 20, 50, 100].map { $0 * 86_400 }
        return Axis(largest: largest, steps: (seconds + minutes + hours + days).map { $0 * 1000 })
    }
}
