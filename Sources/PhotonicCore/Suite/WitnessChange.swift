import Core

/// What has become of a response since it was last sound.
public struct WitnessChange: Sendable, Codable, Equatable {
    public enum Kind: String, Sendable, Codable {
        /// It was not asked for before, or was not there.
        case new
        /// It is another, and the suite does not say whether it may be: told, and nothing more.
        case moved
        /// It is another, as the suite lets it be.
        case within = "within drift"
        /// It is further off than the suite lets it be.
        case out = "out of drift"
        case gone
        /// The suite asks something else than it did.
        case suite
    }

    /// The name of the response, or what of the suite.
    public let name: String
    /// Its file; nil for the suite.
    public let file: String?
    /// What has become of it.
    public let kind: Kind
    /// What it is and was, as a sentence without its end.
    public let note: String
    /// Whether the suite forbids it.
    public let isAgainst: Bool
    /// For a change that is against the suite: what was measured.
    public internal(set) var check: CheckResult?

    private enum CodingKeys: CodingKey { case name, file, kind, note, isAgainst }

    init(_ name: String, file: String?, _ kind: Kind, _ note: String, isAgainst: Bool = false) {
        (self.name, self.file, self.kind, self.note, self.isAgainst) = (name, file, kind, note, isAgainst)
    }
}

/// What today's responses are compared with: each as it was when it was last sound.
public struct WitnessBaseline: Sendable {
    /// By the bytes of their names.
    private let responses: [[UInt8]: Response]
    /// What the suite asked last; nil where nobody knows.
    let declared: [String: String]?

    public init(_ responses: [Response], suiteOf witness: Witness?) {
        self.responses = responses.byKey
        declared = witness?.declared
    }

    /// All that a witness has, sound or not.
    public init(_ witness: Witness) {
        self.init(witness.responses, suiteOf: witness)
    }
}

extension WitnessBaseline {
    /// What has changed since, in the order of the names; what is the same is not there.
    ///
    /// - Parameters:
    ///   - dropped: names of responses of which nobody knows what they are now.
    ///   - declared: what the suite asks now.
    ///   - asks: whether it still asks for a response.
    fileprivate func changes(
        to now: [Response], without dropped: [String], declared: [String: String]?, asks: (Response) -> Bool
    ) -> [WitnessChange] {
        var changes = now.compactMap { response in
            guard let old = responses[response.key] else {
                return WitnessChange(response.name, file: response.file, .new, "it was not there before")
            }
            return response.change(since: old)
        }
        let known = Set(now.map(\.key) + dropped.map { Array($0.utf8) })
        for old in responses.values where !known.contains(old.key) && !Response.retired.contains(old.what) {
            changes.append(Self.gone(old, isAsked: asks(old)))
        }
        return changes.sorted { $0.name < $1.name } + suiteChanges(declared)
    }

    private static func gone(_ old: Response, isAsked: Bool) -> WitnessChange {
        guard isAsked else { return WitnessChange(old.name, file: old.file, .gone, "the suite no longer asks for it") }
        let isAgainst = old.drift.map { $0 != .anything } ?? false
        var change = WitnessChange(old.name, file: old.file, .gone, "it is gone or cannot be read", isAgainst: isAgainst)
        if isAgainst { change.check = old.check(nil, old.values.first ?? 0, change.note) }
        return change
    }

    private func suiteChanges(_ now: [String: String]?) -> [WitnessChange] {
        guard let before = declared, let now else { return [] }
        // Of a check that came or went, its keys say nothing more.
        func isOfBoth(_ key: String) -> Bool {
            guard let comma = key.lastIndex(of: ",") else { return true }
            let title = String(key[..<comma])
            return before[title] != nil && now[title] != nil
        }
        return Set(now.keys).union(before.keys).sorted().filter(isOfBoth).compactMap { key in
            let note: String
            switch (before[key], now[key]) {
            case (let old?, let new?): if old == new { return nil } else { note = "it is \(new) and was \(old)" }
            case (nil, let new?): note = new.isEmpty ? "it is new" : "it is \(new) and was not declared"
            case (let old?, nil): note = old.isEmpty ? "it is no longer checked" : "it was \(old) and is no longer declared"
            case (nil, nil): return nil
            }
            return WitnessChange(key, file: nil, .suite, note)
        }
    }
}

extension Witness {
    /// What has changed since another was recorded, whatever of it was sound.
    public func changes(since earlier: Witness) -> [WitnessChange] {
        WitnessBaseline(earlier).changes(to: responses, without: dropped, declared: declared) { _ in true }
    }
}

extension SuiteReport {
    /// The files of which a check has failed, now.
    var filesOfFailedChecks: Set<String> { Set(checks.filter { !$0.passed }.compactMap(\.file)) }

    /// What has changed since, in the order of the names; what is the same is not there.
    public func changes(since baseline: WitnessBaseline, of suite: Suite) -> [WitnessChange] {
        baseline.changes(to: responses, without: dropped, declared: suite.declared, asks: { suite.asks(for: $0, as: baseline.declared) })
    }

    /// Of what has changed, what failed checks do not say already.
    public func untold(_ changes: [WitnessChange]) -> [WitnessChange] {
        let bad = filesOfFailedChecks
        return changes.filter { $0.kind != .gone || $0.isAgainst || $0.file.map { file in !bad.contains(file) } != false }
    }

    /// The names of responses that are not sound by what has changed: they are against the suite, or gone with a file that cannot be read.
    public func unsound(_ changes: [WitnessChange]) -> Set<String> {
        // Where something could not be read, what is gone may have gone with that: a description, a pattern, the directory.
        let isUnread = checks.contains { !$0.passed && $0.name.hasSuffix(": readable") }
        return Set(changes.filter { $0.isAgainst || $0.kind == .gone && isUnread }.map(\.name))
    }
}

extension Response {
    /// nil where it is what it was.
    fileprivate func change(since old: Response) -> WitnessChange? {
        guard old.values.count == values.count else {
            return judged(
                by: old, isOut: drift.map { $0 != .anything } ?? false, place: nil,
                "it has \(values.count) values and had \(old.values.count)")
        }
        let changed = values.indices.filter { !isSame(values[$0], old.values[$0], within: tolerance) }
        guard let first = changed.first else { return nil }
        let out: Int? =
            switch drift {
            case .within(let limit)?: changed.first { !isSame(values[$0], old.values[$0], within: max(limit, tolerance)) }
            case .grows?: changed.first { !(values[$0] > old.values[$0]) }
            case .anything?, nil: nil
            }
        return judged(by: old, isOut: out != nil, place: out ?? first, sentence(out ?? first, of: changed.count, since: old))
    }

    private func isSame(_ new: Double, _ old: Double, within limit: Double) -> Bool {
        new == old || new.isNaN && old.isNaN || abs(new - old) <= limit
    }

    private func judged(by old: Response, isOut: Bool, place: Int?, _ note: String) -> WitnessChange {
        var change = WitnessChange(name, file: file, isOut ? .out : drift == nil ? .moved : .within, note, isAgainst: isOut)
        if isOut {
            change.check = check(
                place.map { values[$0] } ?? Double(values.count), place.map { old.values[$0] } ?? Double(old.values.count), note)
        }
        return change
    }

    private func sentence(_ place: Int, of changed: Int, since old: Response) -> String {
        let (new, before) = (CheckResult.digits(values[place]), CheckResult.digits(old.values[place]))
        switch kind {
        case .digest: return "it is not what it was, bit for bit"
        case .size:
            let units = unit.split(separator: ",").map { $0.drop { $0 == " " } }
            let unit = units.indices.contains(place) ? " \(units[place])" : ""
            return "it has \(values[place] < old.values[place] ? "shrunk" : "grown") from \(before) to \(new)\(unit)"
        case .numbers:
            let which = values.count == 1 ? "it" : "value \(place)"
            return "\(which) is \(new) and was \(before)" + (changed > 1 ? ", and \(changed - 1) more of \(values.count) are others" : "")
        }
    }

    fileprivate func check(_ value: Double?, _ expected: Double, _ note: String) -> CheckResult {
        var limit = 0.0
        if case .within(let declared)? = drift { limit = declared }
        return CheckResult(
            name: "\(name), since it was last sound", file: file, value: value, expected: expected, tolerance: limit,
            unit: kind == .size ? "" : unit, source: "the witnesses of earlier backups", note: "\(note): was that meant?")
    }
}
