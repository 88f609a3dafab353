internal import CGit2

/// The name of a commit: 40 hexadecimal digits.
public struct CommitID: Hashable, Sendable, CustomStringConvertible {
    public let hex: String

    /// nil unless `hex` is 40 hexadecimal digits.
    public init?(hex: String) {
        guard hex.utf8.count == 40, hex.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else { return nil }
        self.hex = hex
    }

    init(_ oid: git_oid) {
        hex = oid.hex
    }

    public var description: String { hex }

    func oid() throws(GitError) -> git_oid {
        var oid = git_oid()
        try git("read the commit id", hex) { git_oid_fromstr(&oid, hex) }
        return oid
    }
}

/// One file of the next commit. The path is relative, its components separated by "/".
public struct GitFile: Sendable {
    public let path: String
    public let content: [UInt8]

    public init(path: String, content: [UInt8]) {
        self.path = path
        self.content = content
    }
}

/// Who made a commit.
public struct GitAuthor: Sendable, Equatable {
    public let name: String
    public let email: String

    public init(name: String, email: String) {
        self.name = name
        self.email = email
    }
}

/// What differs between two trees; each list is sorted by the bytes of the path.
public struct GitChanges: Sendable, Equatable {
    public var added: [String] = []
    public var changed: [String] = []
    public var removed: [String] = []

    public init(added: [String] = [], changed: [String] = [], removed: [String] = []) {
        self.added = added
        self.changed = changed
        self.removed = removed
    }

    public var count: Int { added.count + changed.count + removed.count }
    public var isEmpty: Bool { count == 0 }
}

/// A commit that has been made and is on disk.
public struct CommitResult: Sendable, Equatable {
    public let id: CommitID
    public let changes: GitChanges
}

/// One line of the history.
public struct LogEntry: Sendable, Equatable {
    public let id: CommitID
    /// Seconds since 1970, UTC.
    public let time: Int64
    public let author: GitAuthor
    public let message: String
    /// Files that differ from the first parent; every file, for the first commit.
    public let changeCount: Int
}

/// What a path of a commit is. This module writes regular files only; other programs' commits may hold the rest.
public enum GitEntryKind: Sendable, Equatable {
    case file, executable, symbolicLink, submodule
}

/// One path of a commit.
public struct GitEntry: Sendable, Equatable {
    public let path: String
    public let kind: GitEntryKind
    /// Of a file: its content.
    public let blob: GitBlob
}

extension git_oid {
    var hex: String {
        withUnsafeBytes(of: id) { bytes in
            let digits = Array("0123456789abcdef".utf8)
            var text: [UInt8] = []
            for byte in bytes {
                text.append(digits[Int(byte >> 4)])
                text.append(digits[Int(byte & 15)])
            }
            return String(decoding: text, as: UTF8.self)
        }
    }
}

/// Who we are to a remote repository, beyond what its address says, and whom we trust. Keys of ~/.ssh and an SSH agent are tried by themselves.
public struct GitRemoteAccess: Sendable {
    /// For https.
    public var username: String?
    public var password: String?
    /// For https: a file of the certificates that are trusted, instead of the system's.
    public var certificates: String?
    /// The home directory with `.ssh`.
    public var home: String?

    public init() {}
}
