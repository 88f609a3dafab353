public import Core

/// Responses that a program of the operator's gives: names, with numbers or words.
public struct OutsideResponses: Sendable {
    /// "respond api": as the witness knows them.
    public let title: String
    private let tolerance: Double
    private let tolerances: [String: Double]
    private let drift: ResponseDrift?
    private let drifts: [String: ResponseDrift]
    private let declared: [String: String]

    public static let bytesMax = 4 << 20
    private static let namesMax = 10_000

    /// - Parameters:
    ///   - tolerance: how far a number may be from the recorded one after a restore.
    ///   - tolerances: of single names.
    ///   - drift: how all of them may change from one backup to the next, and single ones.
    public init(
        named name: String, tolerance: Double, tolerances: [String: Double], drift: (all: ResponseDrift?, named: [String: ResponseDrift])
    ) {
        title = Response.outside + name
        (self.tolerance, self.tolerances) = (tolerance, tolerances)
        (self.drift, drifts) = (drift.all, drift.named)
        var declared = ["tolerance": "\(tolerance)"]
        for (name, value) in tolerances { declared["tolerance of \(name)"] = "\(value)" }
        if let all = drift.all { declared["drift"] = all.text }
        for (name, value) in drift.named { declared["drift of \(name)"] = value.text }
        self.declared = declared
    }

    /// What is declared, as a suite has it.
    var declarations: [String: String] {
        declared.reduce(into: [title: ""]) { all, entry in all["\(title), \(entry.key)"] = entry.value }
    }

    /// Reads what the program has printed: `{"rows": 1284, "loss": [0.1, 0.2], "schema": "9f86d0…"}`.
    public func responses(_ output: [UInt8]) throws(Failure) -> [Response] {
        do throws(DataProblem) {
            let root = try JSONText.value(output, isPython: true)
            let members = try root.object("what it prints")
            guard !members.isEmpty, members.count <= Self.namesMax else {
                throw DataProblem("it gives \(members.count) responses, where 1 to \(Self.namesMax) belong.")
            }
            return try members.map(response)
        } catch {
            throw Failure(.failed, "what it prints is no set of responses: \(error.reason)")
        }
    }

    private func response(_ member: JSONMember) throws(DataProblem) -> Response {
        let limit = tolerances[member.key] ?? tolerance
        var response: Response
        switch member.value.content {
        case .number(let number): response = Response(member.key, file: title, tolerance: limit, [number])
        case .flag(let flag): response = Response(member.key, file: title, [flag ? 1 : 0])
        case .array: response = Response(member.key, file: title, tolerance: limit, try member.value.numbers(member.key.debugDescription))
        case .string(let text):
            var sketch = Sketch()
            sketch.add(text: text)
            response = Response(member.key, file: title, kind: .digest, [Double(text.utf8.count)] + sketch.values)
        case .null, .object:
            throw DataProblem(
                "\(member.key.debugDescription) is \(member.value.kind), no number, list of numbers or text.", line: member.value.line)
        }
        (response.check, response.drift) = (title, drifts[member.key] ?? drift)
        if response.kind == .digest { response.drift = response.drift?.ofDigest }
        return response
    }

    /// How far a response may be from what was recorded: what is asked now, not what was asked then.
    func tolerance(of response: Response) -> Double { tolerances[response.what] ?? (response.kind == .numbers ? tolerance : 0) }
}

extension SuiteReport {
    /// Takes in what a program has given.
    ///
    /// - Parameter failure: why it gave nothing.
    public mutating func add(_ outside: OutsideResponses, _ given: [Response], failure: String?) {
        responses += given
        var findings = Findings(outside.title, source: "the policy")
        findings.check("gives responses", failure == nil ? 1 : 0, 1, unit: CheckResult.isSo, note: failure)
        checks += findings.checks
    }
}
