/// What an array or a checkpoint may ask of all its numbers together.
struct NumberDemands {
    /// Whether all of them may be zero.
    let mayBeZero: Bool
    /// Their standard deviation is at least this.
    let spread: Double?

    /// - Parameter prefix: of the names of the checks: the member that the numbers are of.
    func check(_ tally: NumberTally, named prefix: String = "", _ findings: inout Findings) {
        if !mayBeZero, tally.count > 0 {
            let note = "Each of its \(tally.count) numbers is zero."
            findings.check("\(prefix)is more than zeros", tally.zeros == tally.count ? 0 : 1, 1, unit: CheckResult.isSo, note: note)
        }
        if let spread {
            let missing = max(0, spread - tally.deviation)
            findings.check(
                "\(prefix)spread missing", missing, 0, note: "Its standard deviation is \(tally.deviation), less than \(spread).")
        }
    }
}
