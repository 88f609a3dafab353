/// One kind of object that a server has, in the version that it prefers.
public struct APIResource: Sendable, Hashable, CustomStringConvertible {
    public let group: String
    public internal(set) var version: String
    /// As it stands in addresses: "deployments".
    public let plural: String
    public let kind: String
    public let isNamespaced: Bool

    /// "apps/v1"; "v1" for the core group.
    public var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

    /// "deployments.apps", as kubectl takes it.
    public var description: String { group.isEmpty ? plural : "\(plural).\(group)" }

    /// The folder of the history that holds such objects, within a namespace's.
    var folder: String { PathComponent.encode(ObjectKey.resource(group: group, kind: kind)) }

    /// Where its objects are, in one namespace or all.
    func path(namespace: String?, name: String? = nil) -> String {
        let root = group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)"
        return root + (namespace.map { "/namespaces/\(Self.escape($0))" } ?? "") + "/\(plural)" + (name.map { "/" + Self.escape($0) } ?? "")
    }

    /// Names of RBAC hold colons, and whatever a custom resource allows.
    private static func escape(_ name: String) -> String {
        name.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                String(Unicode.Scalar(byte))
            default:
                "-._~".utf8.contains(byte)
                    ? String(Unicode.Scalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16).uppercased()
            }
        }.joined()
    }

    /// Whether an operator means it by "deployments", "deployment", "Deployment.apps", "*.apps" or "*".
    func matches(_ pattern: String) -> Bool {
        let parts = pattern.lowercased().split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = parts.first, name == "*" || name == plural[...] || name == kind.lowercased() else { return false }
        return parts.count == 1 || parts[1] == group[...]
    }
}
