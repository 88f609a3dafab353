/// How a response may change from one backup to the next, as a suite or a policy declares it.
public enum ResponseDrift: Sendable, Equatable {
    /// At will: logs, counters.
    case anything
    /// Each value at most so far from the last sound one, in its own unit.
    case within(Double)
    /// No value may become less.
    case grows

    /// As a suite says it.
    public var text: String {
        switch self {
        case .anything: "anything"
        case .within(let limit): "\(limit)"
        case .grows: "grows"
        }
    }

    /// nil for a word that is none.
    public init?(_ text: String) {
        switch text {
        case "anything": self = .anything
        case "grows": self = .grows
        default:
            guard let limit = Double(text), limit >= 0, limit.isFinite else { return nil }
            self = .within(limit)
        }
    }
}

extension ResponseDrift {
    /// The same of what is exact: it has no distance from another, and none is more than another.
    public var ofDigest: ResponseDrift { self == .within(0) ? self : .anything }
}

extension ResponseDrift: Codable {
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let drift = ResponseDrift(text) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "it is no drift"))
        }
        self = drift
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
