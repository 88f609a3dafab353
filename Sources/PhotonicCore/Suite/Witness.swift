public import Core
import FoundationEssentials

/// How data responded at a time: recorded with a backup, and compared after a restore. A checksum of behaviour.
public struct Witness: Sendable, Codable, Equatable {
    public static let version = 1
    /// The definition of the responses: raised when one of them changes, since then old ones cannot be compared any more.
    public static let model = 1
    public static let bytesMax = 64 << 20

    public let version: Int
    public let model: Int
    /// `FileRun.definition`; nil in witnesses from before files were remembered.
    let definition: Int?
    /// The suite's name and its fingerprint.
    public let suite: String
    public let fingerprint: String
    /// How many checks were made when it was recorded, and how many failed.
    public let checks: Int
    public let failed: Int
    public let responses: [Response]
    /// Names of responses that could not be recorded, since their files changed meanwhile.
    public let dropped: [String]
    /// Names of responses that were not sound: of files whose checks failed, out of their drift, or gone. Later ones are not compared with them.
    /// nil in witnesses from before that was recorded.
    public let unsound: [String]?
    /// What the suite asked, by check and key.
    let declared: [String: String]?
    /// What the next run need not find out again.
    let runs: [FileRun]?

    /// - Parameter unsound: names of responses besides those of files whose checks failed.
    public init(suite: Suite, _ report: SuiteReport, unsound: Set<String> = []) {
        version = Self.version
        model = Self.model
        definition = FileRun.definition
        self.suite = suite.name
        fingerprint = suite.fingerprint
        checks = report.checkCount
        failed = report.checks.count { !$0.passed }
        responses = report.responses
        dropped = report.dropped
        let bad = report.filesOfFailedChecks
        self.unsound = unsound.union(responses.filter { !$0.sources.isDisjoint(with: bad) }.map(\.name)).sorted()
        declared = suite.declared
        runs = report.runs
    }

    /// What the next run need not find out again.
    public var reusable: EarlierRuns {
        definition == FileRun.definition && model == Self.model ? EarlierRuns(runs ?? [], responses) : EarlierRuns()
    }

    /// Whether a response was as it should be.
    public func isSound(_ name: String) -> Bool { unsound.map { !$0.contains(name) } ?? (failed == 0) }

    /// Numbers that are none are written as words: broken data has responses too.
    private static let words = (infinity: "Infinity", negative: "-Infinity", nan: "NaN")

    /// JSON, the same bytes for the same witness.
    public func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: Self.words.infinity, negativeInfinity: Self.words.negative, nan: Self.words.nan)
        return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    }

    /// Throws a sentence for what is no witness.
    public init(encoded bytes: [UInt8]) throws(Failure) {
        guard bytes.count <= Self.bytesMax else { throw Failure(.damaged, "it has more than \(Self.bytesMax >> 20) MiB") }
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: Self.words.infinity, negativeInfinity: Self.words.negative, nan: Self.words.nan)
        do { self = try decoder.decode(Self.self, from: Data(bytes)) } catch let error as DecodingError {
            throw Failure(.damaged, error.sentence)
        } catch { throw Failure(.damaged, "\(error)") }
        guard version == Self.version else { throw Failure(.damaged, "its version is \(version), and this program knows \(Self.version)") }
    }

    /// Whether a suite asks what was asked then.
    public func isOf(_ suite: Suite) -> Bool { suite.name == self.suite && suite.fingerprint == fingerprint }

    /// Compares what data does now with what it did: one check for each response recorded. A response that was not recorded says nothing.
    ///
    /// - Parameter suite: that of now. What it does not ask for any more is passed over: of `ofSuite` responses so many checks are missing.
    /// - Returns: nil where the two were made by different models, and tell nothing about each other.
    public func checks(against now: SuiteReport, of suite: Suite) -> [CheckResult]? {
        guard model == Self.model else { return nil }
        let current = now.responses.byKey
        return responses.filter { !$0.isOutside && isAsked($0, current, of: suite) }.map { $0.check(against: current[$0.key]) }
    }

    /// Compares what a program of the operator's says now with what it said; nil where nothing of it was recorded.
    public func checks(against now: [Response], of outside: OutsideResponses) -> [CheckResult]? {
        let recorded = responses.filter { $0.check == outside.title }
        if recorded.isEmpty { return nil }
        let current = now.byKey
        return recorded.map { response in
            var asked = response
            asked.tolerance = outside.tolerance(of: response)
            return asked.check(against: current[response.key])
        }
    }

    /// How many responses a suite was asked for, and not a program of the operator's.
    public var ofSuite: Int { responses.count { !$0.isOutside } }

    private func isAsked(_ response: Response, _ current: [[UInt8]: Response], of suite: Suite) -> Bool {
        if current[response.key] != nil { return true }
        // What is no longer made cannot be missing.
        if definition == nil, Response.retired.contains(response.what) { return false }
        return response.check == nil ? isOf(suite) : suite.asks(for: response, as: declared)
    }

    static let source = "the witness recorded with the backup"
}

extension Response {
    /// This, as it was recorded, against what it is now.
    func check(against now: Response?) -> CheckResult {
        func result(_ value: Double?, _ expected: Double, element: String? = nil, _ note: String?) -> CheckResult {
            CheckResult(
                name: "witness: \(name)", file: file, element: element, value: value, expected: expected, tolerance: tolerance, unit: unit,
                source: Witness.source, note: note)
        }
        guard let now else { return result(nil, values.first ?? 0, "The restored data does not respond at all.") }
        guard now.values.count == values.count else {
            return result(Double(now.values.count), Double(values.count), "It has another number of values than the recorded one.")
        }
        // A value that was no number then may be none now: the checks say that the data is bad.
        let differences = zip(now.values, values).map { $0.isNaN && $1.isNaN || $0 == $1 ? 0 : abs($0 - $1) }
        let worst = differences.indices.max { differences[$0].isNaN ? false : differences[$1].isNaN || differences[$0] < differences[$1] }
        guard let worst else { return result(0, 0, nil) }
        if differences[worst] == 0 { return result(0, 0, nil) }
        return result(
            now.values[worst], values[worst], element: "value \(worst)", "The restored data does not do what it did when it was backed up.")
    }
}
