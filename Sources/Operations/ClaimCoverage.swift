import Vault

/// Of which persistent volume claims a backup holds the data. A volume is not read through the cluster: datasets say whose data they are.
struct ClaimCoverage {
    private let patterns: [[[UInt8]]]

    init(_ request: BackupRequest) {
        patterns = (request.datasets.flatMap(\.claims) + request.unprotected).map { Self.parts($0) }
    }

    private static func parts(_ text: some StringProtocol) -> [[UInt8]] {
        text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { Array($0) }
    }

    /// The claims among manifests, "namespace/name", that no dataset covers and nobody has said to leave out.
    ///
    /// - Parameter paths: as in the history: `namespace/kind/name.yaml`.
    func missing(among paths: [String]) -> [String] {
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

/// Claims without data, in the words of the reports.
enum UnprotectedClaims {
    private static let namedMax = 20

    /// "2 claims are not in this backup: photon/db-0, photon/db-1"
    static func sentence(_ claims: [String], _ place: String) -> String {
        let rest = claims.count > namedMax ? " and \(claims.count - namedMax) more" : ""
        let names = claims.prefix(namedMax).joined(separator: ", ") + rest
        return "\(claims.count == 1 ? "1 claim is" : "\(claims.count) claims are") not in \(place): \(names)"
    }

    static let advice = "say with `claims:` which dataset holds their data, or list them under `unprotected:`"
}
