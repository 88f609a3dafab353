/// Why a git operation failed, in words for the person who reads the report.
public struct GitError: Error, Equatable, CustomStringConvertible {
    /// The operation that failed: "open the git repository".
    public let what: String
    /// The repository, or the path inside it.
    public let place: String
    public let why: String
    public let hint: String?
    /// Whether the other repository has commits that this one has not: trying again changes nothing.
    public let hasDiverged: Bool

    public init(what: String, place: String, why: String, hint: String? = nil, hasDiverged: Bool = false) {
        self.hasDiverged = hasDiverged
        self.what = what
        self.place = place
        self.why = why
        self.hint = hint
    }

    public var description: String {
        let sentence = "Cannot \(what) (\(place)): \(why)."
        guard let hint else { return sentence }
        return sentence + " " + hint + "."
    }
}
