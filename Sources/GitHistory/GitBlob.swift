internal import CGit2

/// A file's content, stored in a repository or about to be: its name there, which is 20 bytes of SHA-1 and takes no more memory.
public struct GitBlob: Hashable, Sendable {
    private let parts: (UInt64, UInt64, UInt32)

    init(_ oid: git_oid) {
        var oid = oid
        parts = withUnsafeBytes(of: &oid.id) { bytes in
            (
                bytes.loadUnaligned(as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
                bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self)
            )
        }
    }

    /// The name that a content has in every repository.
    public init(hashOf content: [UInt8]) throws(GitError) {
        try GitLibrary.start()
        var oid = git_oid()
        try git("hash a content", "memory") { content.withUnsafeBytes { git_odb_hash(&oid, $0.baseAddress, $0.count, GIT_OBJECT_BLOB) } }
        self.init(oid)
    }

    var oid: git_oid {
        var oid = git_oid()
        withUnsafeMutableBytes(of: &oid.id) { bytes in
            bytes.storeBytes(of: parts.0, as: UInt64.self)
            bytes.storeBytes(of: parts.1, toByteOffset: 8, as: UInt64.self)
            bytes.storeBytes(of: parts.2, toByteOffset: 16, as: UInt32.self)
        }
        return oid
    }

    /// 40 hexadecimal digits; equal ids mean equal content.
    public var hex: String { oid.hex }

    public static func == (first: GitBlob, second: GitBlob) -> Bool { first.parts == second.parts }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(parts.0)
        hasher.combine(parts.1)
    }
}
