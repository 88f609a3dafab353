/// Bounds on what one commit may hold.
enum GitLimits {
    static let filesMax = 1_000_000
    static let fileBytesMax = 512 << 20
    static let pathBytesMax = 4096
    static let depthMax = 64
    static let messageBytesMax = 16 << 20
}

/// The rules for a path inside a commit: those of `git fsck --strict`, which also forbids what other systems would read as ".git".
enum GitPath {
    /// The path's components as bytes, for Swift compares strings by canonical equivalence and git by bytes.
    static func components(of path: String) throws(GitError) -> [[UInt8]] {
        guard path.utf8.count <= GitLimits.pathBytesMax else { throw refused(path, "it is longer than \(GitLimits.pathBytesMax) bytes") }
        let components = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { Array($0) }
        guard components.count <= GitLimits.depthMax else { throw refused(path, "it is deeper than \(GitLimits.depthMax) directories") }
        for component in components {
            if let reason = objection(to: component) { throw refused(path, reason) }
        }
        return components
    }

    private static func objection(to component: [UInt8]) -> String? {
        if component.isEmpty { return "it has an empty component" }
        if component.contains(0) { return "it contains a NUL" }
        if component == [46] || component == [46, 46] { return "it has a component \".\" or \"..\"" }
        let folded = String(String.UnicodeScalarView(String(decoding: component, as: UTF8.self).unicodeScalars.filter { !isIgnorable($0) }))
            .lowercased()
        // "git~1" and its like are the short names under which Windows reaches .git, .gitmodules and so on.
        let pieces = folded.split(separator: "\\", omittingEmptySubsequences: false)
        if pieces.contains(where: { $0.hasPrefix(".git") || ($0.hasPrefix("gi") && $0.utf8.prefix(7).contains(UInt8(ascii: "~"))) }) {
            return "git keeps names such as \".git\" for itself"
        }
        return nil
    }

    /// Code points that HFS+ drops from names before it compares them.
    private static func isIgnorable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x200C...0x200F, 0x202A...0x202E, 0x206A...0x206F, 0xFEFF: true
        default: false
        }
    }

    private static func refused(_ path: String, _ why: String) -> GitError {
        GitError(what: "commit a file", place: String(path.debugDescription.prefix(300)), why: why)
    }
}
