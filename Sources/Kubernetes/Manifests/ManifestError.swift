/// One thing wrong with the manifests, and where.
public struct ManifestProblem: Error, Sendable, Equatable, CustomStringConvertible {
    /// "file:line", or a file or directory alone.
    public let place: String
    public let why: String
    public let hint: String?

    public init(place: String, why: String, hint: String? = nil) {
        self.place = place
        self.why = why
        self.hint = hint
    }

    /// Without the place.
    public var reason: String { hint.map { "\(why). \($0)." } ?? why }

    public var description: String {
        guard let hint else { return "\(place): \(why)." }
        return "\(place): \(why). \(hint)."
    }
}

/// Everything wrong with a directory of manifests: nothing of it was read.
public struct ManifestError: Error, Equatable, CustomStringConvertible {
    public let directory: String
    /// The first of them, in the order of the files.
    public let problems: [ManifestProblem]
    /// How many there are, the ones beyond `problems` included.
    public let total: Int

    init(directory: String, problems: ProblemList) {
        self.directory = directory
        self.problems = problems.first
        total = problems.total
    }

    public var description: String {
        let rest = total > problems.count ? ["and \(total - problems.count) more."] : []
        return (["Cannot read the manifests in \(directory):"] + problems.map(\.description) + rest).joined(separator: "\n  ")
    }
}

/// The problems met so far: the first ones word for word, all of them counted.
struct ProblemList {
    private(set) var first: [ManifestProblem] = []
    private(set) var total = 0

    static let keptMax = 50

    mutating func add(_ place: String, _ why: String, hint: String? = nil) {
        total += 1
        if first.count < Self.keptMax { first.append(ManifestProblem(place: place, why: why, hint: hint)) }
    }

    mutating func add(_ file: String, _ problem: LineProblem) {
        add("\(file):\(problem.line)", problem.why, hint: problem.hint)
    }
}

/// A problem inside one file, before the file's name is known.
struct LineProblem: Error, Equatable {
    let line: Int
    let why: String
    var hint: String?
}

extension ManifestProblem {
    /// A problem with a line, and the file that it stands in.
    init(_ error: any Error, in file: String) {
        let problem = error as? LineProblem ?? LineProblem(line: 1, why: "\(error)")
        self.init(place: "\(file):\(problem.line)", why: problem.why, hint: problem.hint)
    }
}

/// Bounds on what a directory of manifests may hold.
enum ManifestLimits {
    static let fileBytesMax = 16 << 20
    static let depthMax = 100
    static let objectsMax = 200_000
    static let filesMax = 200_000
    static let directoryDepthMax = 100
    /// How many times its own length a document may hold once its aliases are expanded.
    static let expansionMax = 32
    /// Parsers of YAML refuse a key of more than 1024 characters, unless a question mark stands before it.
    static let implicitKeyBytesMax = 1000
}
