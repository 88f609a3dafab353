/// The result of a suite.
public struct SuiteReport: Sendable {
    public internal(set) var checks: [CheckResult] = []
    public internal(set) var responses: [Response] = []
    /// How many checks more passed when they were last made, of files that have not changed since.
    public private(set) var reusedChecks = 0
    /// The names of responses that were left out: nobody knows what of their files was backed up.
    private(set) var dropped: [String] = []
    /// The files that were read, as they were.
    var marks: [String: FileMark] = [:]
    /// What may be reused by the next.
    private(set) var runs: [FileRun] = []

    private let earlier: EarlierRuns
    /// The check that is made now.
    private var check = ""

    /// - Parameter earlier: what need not be found out again.
    public init(reusing earlier: EarlierRuns = EarlierRuns()) { self.earlier = earlier }

    /// How many checks were made, now or when the files last changed.
    public var checkCount: Int { checks.count + reusedChecks }

    /// Leaves out the responses of files that have changed since they were read, and returns those files.
    public mutating func dropChanged(directory: String) -> [String] {
        let changed: Set<String>
        do { changed = try DataFolder(directory).changedFiles(since: marks) } catch { changed = Set(marks.keys) }
        dropped += responses.filter { !$0.sources.isDisjoint(with: changed) }.map(\.name)
        responses.removeAll { !$0.sources.isDisjoint(with: changed) }
        runs.removeAll { run in run.sources.contains { changed.contains($0.path) } }
        return changed.sorted()
    }

    /// Says what the files from now on are looked at for.
    ///
    /// - Parameter question: the check and all that it asks.
    mutating func begin(_ question: String) { check = question }

    /// The checks and responses of one file: made, or taken from an earlier run where nothing has changed since.
    ///
    /// - Parameters:
    ///   - detail: what the check depends on besides what the suite declares.
    ///   - make: a file that it cannot read is a failed check.
    mutating func add(
        _ file: String, detail: String = "", source: String, in folder: DataFolder,
        make: (inout Findings, inout [Response]) throws(DataProblem) -> Void
    ) {
        let key = FileRun.Key(check: Self.digest([check, detail]), file: file)
        if let (run, found) = earlier[key], run.isUnchanged(in: folder) {
            reusedChecks += run.checks
            let sources = Set(run.sources.map(\.path))
            responses += found.map { $0.made(from: sources) }
            runs.append(run)
            return
        }
        var findings = Findings(file, source: source)
        var made: [Response] = []
        folder.touched = []
        do { try make(&findings, &made) } catch {
            findings.check("readable", 0, 1, unit: CheckResult.isSo, note: "\(file): \(error.reason)")
            made = []
        }
        checks += findings.checks
        let sources = folder.touched
        responses += made.map { $0.made(from: sources) }
        // What failed is told anew each time, with all that was measured.
        guard findings.checks.allSatisfy(\.passed) else { return }
        if let run = FileRun(key, checks: findings.checks.count, responses: made.map(\.name), sources, in: folder) { runs.append(run) }
    }

    private static func digest(_ texts: [String]) -> String {
        var crc = CRC32()
        for text in texts { crc.update(Array(text.utf8)[...]) }
        return crc.hex
    }
}
