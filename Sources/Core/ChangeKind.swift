/// What became of a path or an object between two states.
public enum ChangeKind: String, Sendable, Encodable {
    /// It is in the newer one alone.
    case added
    /// It is in the older one alone.
    case removed
    /// It is in both, and differs.
    case changed
    /// One of the two could not be read.
    case unknown

    /// As lists for people begin their lines.
    public var mark: String {
        switch self {
        case .added: "+"
        case .removed: "-"
        case .changed: "~"
        case .unknown: "?"
        }
    }
}
