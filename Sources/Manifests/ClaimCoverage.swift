import Core
import Vault

/// Of which persistent volume claims a backup holds the data. A volume is not read through the cluster: datasets say whose data they are.
package struct ClaimCoverage {
    private let patterns: [[[UInt8]]]

    /// - Parameter claims: those that a dataset holds, or that need not be held: "namespace/name", with `*`.
    package init(_ claims: [String]) {
        patterns = claims.map { Self.parts($0) }
    }

    private static func parts(_ text: some StringProtocol) -> [[UInt8]] {
        text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { Array($0) }
    }

    /// The claims among manifests, "namespace/name", that no dataset covers and nobody has said to leave out.
    ///
    /// - Parameter paths: as in the history: `namespace/kind/name.yaml`.
    package func missing(among paths: [String]) -> [String] {
        paths.compactMap(Self.claim).filter { claim in
            let parts = Self.parts(claim)
            return !patterns.contains { pattern in
                pattern.count == parts.count && zip(parts, pattern).allSatisfy { Glob.matches($0, $1) }
            }
        }.sorted()
    }

    private static func claim(_ path: String) -> String? {
        let parts = path.split(separator: "/")
        guard parts.count == 3, parts[1] == "persistentvolumeclaim", parts[2].hasSuffix(".yaml") else { return nil }
        return "\(parts[0])/\(parts[2].dropLast(".yaml".count))"
    }
}
