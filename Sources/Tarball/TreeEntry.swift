public import Core

/// What a tree says of one path.
public struct TreeEntry: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        case file(FileContents)
        case directory
        case symbolicLink(target: [UInt8])
        case fifo
        case characterDevice(major: UInt32, minor: UInt32)
        case blockDevice(major: UInt32, minor: UInt32)
    }

    public struct FileContents: Sendable, Equatable {
        public let size: Int64
        /// The SHA-256 of the whole content.
        public let digest: SHA256Digest
        public let location: ContentLocation

        public init(size: Int64, digest: SHA256Digest, location: ContentLocation) {
            self.size = size
            self.digest = digest
            self.location = location
        }
    }

    /// Seconds since 1970 and nanoseconds, 0 to 999 999 999.
    public struct Time: Sendable, Equatable, Comparable {
        public let seconds: Int64
        public let nanoseconds: UInt32

        public init(seconds: Int64, nanoseconds: UInt32) {
            self.seconds = seconds
            self.nanoseconds = nanoseconds
        }

        public static func < (left: Time, right: Time) -> Bool {
            (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
        }
    }

    /// By what the next backup sees that a file has not changed.
    public struct ChangeMark: Sendable, Equatable {
        /// The time of the last change of the inode.
        public let changed: Time
        public let inode: UInt64

        public init(changed: Time, inode: UInt64) {
            self.changed = changed
            self.inode = inode
        }
    }

    public struct Attribute: Sendable, Equatable {
        public let name: [UInt8]
        public let value: [UInt8]

        public init(name: [UInt8], value: [UInt8]) {
            self.name = name
            self.value = value
        }
    }

    /// A stretch of data in a file with holes.
    public struct DataExtent: Sendable, Equatable {
        public let offset: Int64
        public let length: Int64

        public init(offset: Int64, length: Int64) {
            self.offset = offset
            self.length = length
        }
    }

    public var path: TreePath
    public var kind: Kind
    /// Permission bits with setuid, setgid and sticky.
    public var mode: UInt16
    public var owner: UInt32
    public var group: UInt32
    public var modified: Time
    public var changeMark: ChangeMark?
    /// The file changed while it was read, twice: its content may be of no single moment.
    public var isUnstable = false
    /// The file was being appended to: its content is what was there when it was opened.
    public var isGrowing = false
    public var attributes: [Attribute] = []
    /// Where the data lies in a file with holes; nil for a file without.
    public var dataExtents: [DataExtent]?
    /// The first path of the same file; both have the same contents.
    public var hardLink: TreePath?

    public init(path: TreePath, kind: Kind, mode: UInt16, owner: UInt32, group: UInt32, modified: Time) {
        self.path = path
        self.kind = kind
        self.mode = mode
        self.owner = owner
        self.group = group
        self.modified = modified
    }

    public var contents: FileContents? {
        if case .file(let contents) = kind { return contents }
        return nil
    }
}

/// Where a file's content is: in one blob, or in the blobs that a recipe lists.
public enum ContentLocation: Sendable, Hashable {
    case blob(SHA256Digest)
    case recipe(SHA256Digest)

    /// `blobs/<id>` or `files/<id>`, as trees and snapshot records name it.
    public var text: String {
        switch self {
        case .blob(let id): "blobs/\(id.hex)"
        case .recipe(let id): "files/\(id.hex)"
        }
    }

    public init?(text: ArraySlice<UInt8>) {
        guard text.count == 6 + SHA256Digest.hexCount, let id = SHA256Digest(hex: text.dropFirst(6)) else { return nil }
        if text.starts(with: "blobs/".utf8) {
            self = .blob(id)
        } else if text.starts(with: "files/".utf8) {
            self = .recipe(id)
        } else {
            return nil
        }
    }
}
