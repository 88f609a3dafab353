import Core
import FoundationEssentials
public import Operations
import Proof

/// A drill as an in-toto statement, which other programs sign and judge.
///
/// Source: in-toto attestation framework, Statement v1 and the predicate test-result v0.1.
public struct DrillStatement: Encodable {
    private enum CodingKeys: String, CodingKey {
        case type = "_type"
        case subject, predicateType, predicate
    }

    private struct Descriptor: Encodable {
        var name: String?
        var digest: [String: String]?
        var annotations: [String: String]?
    }

    private struct Predicate: Encodable {
        let result: String
        let configuration: [Descriptor]
        let passedTests: [String]
        let warnedTests: [String]
        let failedTests: [String]
        /// All that was measured.
        let drill: DrillEvidence
    }

    private let type = "https://in-toto.io/Statement/v1"
    private let subject: [Descriptor]
    private let predicateType = "https://in-toto.io/attestation/test-result/v0.1"
    private let predicate: Predicate

    public init(_ drill: DrillEvidence, vault: String) {
        subject = [Descriptor(name: "snapshot of \(drill.policy ?? "no policy") in the vault \(vault)", digest: ["sha256": drill.snapshot])]
        func names(_ isMeant: (DrillEvidence.Step) -> Bool) -> [String] { drill.steps.filter(isMeant).map(\.name) }
        let isUnsure = !drill.notVerified.isEmpty || !(drill.regressions ?? []).isEmpty
        predicate = Predicate(
            result: !drill.passed ? "FAILED" : isUnsure ? "WARNED" : "PASSED",
            configuration: [Descriptor(name: "policy", annotations: Self.annotations(drill))],
            passedTests: (drill.passed ? ["restore"] : []) + names { $0.verdict == .passed },
            warnedTests: names { $0.verdict == .notRun || $0.verdict == .notVerified && $0.isRequired == false },
            failedTests: names { $0.verdict == .failed || $0.verdict == .notVerified && $0.isRequired != false }
                + (drill.passed ? [] : drill.failures), drill: drill)
    }

    private static func annotations(_ drill: DrillEvidence) -> [String: String] {
        var annotations = ["policy": drill.policy ?? "", "tree": drill.tree]
        for step in drill.steps { annotations["suite of \(step.name)"] = step.suite }
        if let controls = drill.controls { annotations["controls"] = controls.joined(separator: "; ") }
        return annotations
    }

    public func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    }
}
