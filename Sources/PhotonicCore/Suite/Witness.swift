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
    /// The suite's name and its fingerprint.
    public let suite: String
    public let fingerprint: String
    /// How many checks were made when it was recorded, and how many failed.
    public let checks: Int
    public let failed: Int
    public let responses: [Response]
    /// Names of responses that could not be recorded, since their files changed meanwhile.
    public let dropped: [String]

    public init(suite: Suite, _ report: SuiteReport) {
        version = Self.version
        model = Self.model
        self.suite = suite.name
        fingerprint = suite.fingerprint
        checks = report.checks.count
        failed = report.checks.count { !$0.passed }
        responses = report.responses
        dropped = report.dropped
    }

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
    /// - Parameter suite: that of now. Where it is another one, what it does not ask for is passed over.
    /// - Returns: nil where the two were made by different models, and tell nothing about each other.
    public func checks(against now: SuiteReport, of suite: Suite) -> [CheckResult]? {
        guard model == Self.model else { return nil }
        let current = Dictionary(now.responses.map { ($0.name, $0) }) { first, _ in first }
        let asked = isOf(suite) ? responses : responses.filter { current[$0.name] != nil }
        return asked.map { $0.check(against: current[$0.name]) }
    }

    /// What has become less since an earlier witness: a database that began anew, files that went missing.
    ///
    /// Nothing where the two are of different suites.
    public func shrunk(since earlier: Witness) -> [CheckResult] {
        guard earlier.suite == suite, earlier.fingerprint == fingerprint else { return [] }
        let before = Dictionary(earlier.responses.filter(\.isSize).map { ($0.name, $0) }) { first, _ in first }
        let here = Set(responses.map(\.name) + dropped)
        let smaller = responses.compactMap { response -> CheckResult? in
            guard response.isSize, let old = before[response.name], old.values.count == response.values.count else { return nil }
            guard let place = zip(old.values, response.values).enumerated().first(where: { $1.0 > $1.1 }) else { return nil }
            return CheckResult(
                name: "\(response.name), since the last backup", file: response.file, value: place.element.1, expected: place.element.0,
                unit: response.unit, source: Self.source,
                note: "It has shrunk from \(place.element.0) to \(place.element.1): was that meant? The last backup has what is gone.")
        }
        let gone = before.values.filter { !here.contains($0.name) }.sorted { $0.name < $1.name }.map { old in
            CheckResult(
                name: "\(old.name), since the last backup", file: old.file, value: 0, expected: old.values.first ?? 0, unit: old.unit,
                source: Self.source, note: "It was in the last backup, and is gone or cannot be read.")
        }
        return smaller + gone
    }

    static let source = "the witness recorded with the backup"
}

extension Response {
    /// This, as it was recorded, against what it is now.
    fileprivate func check(against now: Response?) -> CheckResult {
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
