/// Claims without data, in the words of the reports.
package enum UnprotectedClaims {
    private static let namedMax = 20

    /// "2 claims are not in this backup: photon/db-0, photon/db-1"
    package static func sentence(_ claims: [String], _ place: String) -> String {
        let rest = claims.count > namedMax ? " and \(claims.count - namedMax) more" : ""
        let names = claims.prefix(namedMax).joined(separator: ", ") + rest
        return "\(claims.count == 1 ? "1 claim is" : "\(claims.count) claims are") not in \(place): \(names)"
    }

    package static let advice = "say with `claims:` which dataset holds their data, or list them under `unprotected:`"
}
