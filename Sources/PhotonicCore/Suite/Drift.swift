internal import StrictYAML

/// How a response may change from one backup to the next, as a suite declares it.
public enum Drift: Sendable, Equatable {
    /// At will: logs, counters.
    case anything
    /// Each value at most so far from the last sound one, in its own unit.
    case within(Double)
    /// No value may become less.
    case grows

    /// As a suite says it.
    var text: String {
        switch self {
        case .anything: "anything"
        case .within(let limit): "\(limit)"
        case .grows: "grows"
        }
    }

    init?(_ text: String) {
        switch text {
        case "anything": self = .anything
        case "grows": self = .grows
        default:
            guard let limit = Double(text), limit >= 0, limit.isFinite else { return nil }
            self = .within(limit)
        }
    }
}

extension Drift: Codable {
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let drift = Drift(text) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "\(Shown.short(text)) is no drift"))
        }
        self = drift
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
