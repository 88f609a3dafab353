/// What tells one object of a cluster from every other: equal keys are one object, whatever the version of its API.
public struct ObjectKey: Sendable, Hashable, Encodable, CustomStringConvertible {
    /// "apps" of `apps/v1`; empty for the core group.
    public let group: String
    /// As "Deployment".
    public let kind: String
    /// nil for cluster-scoped kinds, and where the manifest leaves it to whoever applies it.
    public let namespace: String?
    /// Within its namespace.
    public let name: String
    /// Whether it is in no namespace.
    public let isClusterScoped: Bool

    /// - Parameter isClusterScoped: as the server says; nil where only the kind tells.
    public init(group: String, kind: String, namespace: String?, name: String, isClusterScoped: Bool? = nil) {
        self.group = group
        self.kind = kind
        self.namespace = namespace
        self.name = name
        self.isClusterScoped = isClusterScoped ?? ClusterScope.kinds.contains(Self.resource(group: group, kind: kind))
    }

    /// "deployment.apps"; core kinds have no group behind them.
    public var resource: String { Self.resource(group: group, kind: kind) }

    /// "apps" of "apps/v1"; empty for "v1".
    static func group(ofVersion version: String) -> String { version.contains("/") ? String(version.prefix { $0 != "/" }) : "" }

    static func resource(group: String, kind: String) -> String { kind.lowercased() + (group.isEmpty ? "" : "." + group) }

    /// "Deployment.apps photon/web", for people.
    public var description: String {
        kind + (group.isEmpty ? "" : "." + group) + " " + (namespace.map { $0 + "/" } ?? "") + name
    }

    /// Whether an operator means its kind by "deployments", "deployment", "Deployment.apps". Plurals are those of English, since no server
    /// is asked.
    public func isOfKind(_ word: String) -> Bool {
        let parts = word.lowercased().split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = parts.first, parts.count == 1 || parts[1] == group[...] else { return false }
        let singular = kind.lowercased()
        let plural =
            singular.hasSuffix("y") && !singular.hasSuffix("ay")
            ? singular.dropLast() + "ies" : singular.hasSuffix("s") ? singular + "es" : singular + "s"
        return name == "*" || name == singular[...] || name == plural[...]
    }

    static let clusterFolder = "_cluster"
    private static let unspecifiedFolder = "_unspecified"

    /// Of the object that stands at a path of the history, encrypted or not, as far as that tells: the kind in lower case, the end of a very long
    /// name left out.
    public init?(path: String) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3 else { return nil }
        let resource = PathComponent.decode(parts[1]).split(separator: ".", maxSplits: 1).map(String.init)
        guard let kind = resource.first else { return nil }
        var name = parts[2]
        for ending in [".age", ".yaml"] where name.hasSuffix(ending) { name.removeLast(ending.utf8.count) }
        let isNamespaced = ![Self.clusterFolder, Self.unspecifiedFolder].contains(parts[0])
        self.init(
            group: resource.count > 1 ? resource[1] : "", kind: kind, namespace: isNamespaced ? PathComponent.decode(parts[0]) : nil,
            name: PathComponent.decode(name), isClusterScoped: parts[0] == Self.clusterFolder)
    }

    /// Where the object stands in the git history: `<namespace>/<kind.group>/<name>.yaml`, safe on every file system.
    public var path: String {
        let folder = isClusterScoped ? Self.clusterFolder : namespace.map(PathComponent.encode) ?? Self.unspecifiedFolder
        return folder + "/" + PathComponent.encode(resource) + "/" + PathComponent.encode(name) + ".yaml"
    }
}

/// A name made safe as one component of a path.
enum PathComponent {
    static let bytesMax = 200

    /// Letters, digits, `.`, `_` and `-` stay; the rest is percent-encoded, so that two names never become one. Neither dot, underscore
    /// nor dash begins it: no `..`, no hidden file, no clash with our own folders, nothing that looks like an option.
    static func encode(_ name: String) -> String {
        var result = ""
        for (index, byte) in name.utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                if index > 0 { result.unicodeScalars.append(Unicode.Scalar(byte)) } else { fallthrough }
            default: result += "%" + hex(UInt64(byte), digits: 2).uppercased()
            }
        }
        guard result.utf8.count > bytesMax else { return result }
        return result.prefix(bytesMax - 17) + "-" + hex(fingerprint(name), digits: 16)
    }

    /// What `encode` made of a name, unless it was too long.
    static func decode(_ component: String) -> String {
        var bytes: [UInt8] = []
        var rest = component.utf8[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == UInt8(ascii: "%"), digits.count == 2, let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// FNV-1a. Names that share it and their first letters would be reported as a clash, never merged.
    private static func fingerprint(_ name: String) -> UInt64 {
        name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    private static func hex(_ value: UInt64, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: digits - text.count) + text
    }
}
