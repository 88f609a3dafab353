/// How grave a finding is, as the operations guide of the protected system counts.
public enum Severity: String, Sendable, Codable, CodingKeyRepresentable, CaseIterable, Comparable {
    /// No restorable snapshot, or data is lost.
    case p1 = "P1"
    /// A part does not work: act today.
    case p2 = "P2"
    /// Minor, or there is a way round it.
    case p3 = "P3"
    /// Worth knowing.
    case p4 = "P4"

    public static func < (left: Severity, right: Severity) -> Bool { left.rawValue < right.rawValue }
}

/// Something that an operation came upon and its operator should know.
public struct Finding: Sendable, Encodable, Equatable {
    /// How grave it is.
    public let severity: Severity
    /// The path, object or dataset that it is about; empty where it is about all of it.
    public let subject: String
    /// A sentence without the full stop.
    public let text: String
    /// The last lines that a program printed, where one of the policy's failed.
    public let output: [String]

    /// See the properties.
    public init(_ severity: Severity, _ subject: String, _ text: String, output: [String] = []) {
        self.severity = severity
        self.subject = subject
        self.text = text
        self.output = output
    }
}

/// The findings of an operation, in the order in which they were made: of each severity the first thousand are kept, and all are counted.
public struct Findings: Sendable, Encodable {
    /// So many of each severity are kept.
    public static let listedMax = 1000

    /// The first of each severity, in their order.
    public private(set) var listed: [Finding] = []
    /// Of each severity, kept or not.
    private var counts: [Severity: Int] = [:]

    /// Without any.
    public init() {}

    /// Counts it, and keeps it while there is room.
    public mutating func add(_ finding: Finding) {
        counts[finding.severity, default: 0] += 1
        if count(finding.severity) <= Self.listedMax { listed.append(finding) }
    }

    /// Takes those of a part of the operation.
    public mutating func add(_ others: Findings) {
        for finding in others.listed { add(finding) }
        for (severity, count) in others.counts { counts[severity, default: 0] += count - min(count, Self.listedMax) }
    }

    /// Takes those of a part of the operation that are not here yet.
    public mutating func add(new others: Findings) { for finding in others.listed { add(new: finding) } }

    /// Takes one that is not here yet; when no more of its severity are kept, they are only counted.
    public mutating func add(new finding: Finding) {
        if count(finding.severity) < Self.listedMax, listed.contains(finding) { return }
        add(finding)
    }

    /// Something that could not be saved or restored: the result is not whole.
    public mutating func problem(_ subject: String, _ text: String, output: [String] = []) {
        add(Finding(.p2, subject, text, output: output))
    }

    /// Nothing is missing, and something should be changed.
    public mutating func warn(_ text: String) { add(Finding(.p3, "", text)) }

    /// Worth knowing.
    public mutating func note(_ text: String) { add(Finding(.p4, "", text)) }

    /// All there were, kept or not.
    public func count(_ severity: Severity) -> Int { counts[severity, default: 0] }

    /// What makes the result less than whole.
    public var problems: [Finding] { listed.filter { $0.severity <= .p2 } }

    /// All of them, kept or not.
    public var problemCount: Int { count(.p1) + count(.p2) }

    /// Everything else, as lines for people.
    public var notes: [String] { listed.filter { $0.severity > .p2 }.map { $0.severity == .p3 ? "warning: \($0.text)" : $0.text } }

    /// All of them, kept or not.
    public var noteCount: Int { count(.p3) + count(.p4) }
}
