/// How an operation ended, from the best to the worst: what the exit status of a command is made of.
public enum Outcome: Int, Sendable, Comparable, CaseIterable {
    case success
    /// Something is missing, and is named; the rest is there.
    case incomplete
    /// All is there, and does not do what it should.
    case notValid
    /// It did not do what it was asked for.
    case failed
    /// The vault holds something other than what was written.
    case damaged

    /// The worst of what was found.
    public init(_ found: [(outcome: Outcome, isFound: Bool)]) { self = found.filter(\.isFound).map(\.outcome).max() ?? .success }

    public static func < (left: Outcome, right: Outcome) -> Bool { left.rawValue < right.rawValue }
}
