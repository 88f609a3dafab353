import CLinux
import Glibc

/// What kind of thing a name stands for.
public enum FileKind: UInt8, Sendable, CaseIterable {
    case regular, directory, symbolicLink, fifo, socket, characterDevice, blockDevice

    init?(modeBits: mode_t) {
        switch modeBits & S_IFMT {
        case S_IFREG: self = .regular
        case S_IFDIR: self = .directory
        case S_IFLNK: self = .symbolicLink
        case S_IFIFO: self = .fifo
        case S_IFSOCK: self = .socket
        case S_IFCHR: self = .characterDevice
        case S_IFBLK: self = .blockDevice
        default: return nil
        }
    }
}

/// A point in time to the nanosecond, as file systems keep it.
public struct FileTime: Sendable, Hashable, Comparable {
    /// Seconds since 1970 in UTC; negative before.
    public var seconds: Int64
    /// 0 to 999 999 999, always counted forward from `seconds`.
    public var nanoseconds: UInt32

    /// Since 1970.
    public init(seconds: Int64, nanoseconds: UInt32) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    init(_ time: timespec) {
        self.init(seconds: Int64(time.tv_sec), nanoseconds: UInt32(truncatingIfNeeded: time.tv_nsec))
    }

    var timespec: Glibc.timespec { Glibc.timespec(tv_sec: Int(seconds), tv_nsec: Int(nanoseconds)) }

    public static func < (left: FileTime, right: FileTime) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    /// The wall clock.
    public static func now() -> FileTime {
        var time = Glibc.timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return FileTime(time)
    }
}

/// Which file this is, whatever it is called: the device and the inode.
public struct FileIdentity: Sendable, Hashable {
    /// Of the file system.
    public let device: UInt64
    /// In it.
    public let inode: UInt64

    package init(device: UInt64, inode: UInt64) { (self.device, self.inode) = (device, inode) }
}

/// The metadata of one file as `stat` gives it.
public struct FileStatus: Sendable, Equatable {
    /// What it is.
    public let kind: FileKind
    /// The permission bits with setuid, setgid and sticky: the low twelve bits.
    public let mode: UInt16
    /// By number.
    public let owner: UInt32
    /// By number.
    public let group: UInt32
    /// Bytes of content; for a symbolic link the length of its target.
    public let size: Int64
    /// Of its content.
    public let modified: FileTime
    /// Of anything of it; nobody can set it.
    public let changed: FileTime
    /// By which two looks know it for the same.
    public let identity: FileIdentity
    /// Its names.
    public let linkCount: UInt64
    /// The device a device node stands for.
    public let deviceMajor: UInt32
    /// Of a node.
    public let deviceMinor: UInt32
    /// Bytes that the file system has allocated; fewer than `size` means holes.
    public let allocated: Int64

    init?(_ raw: stat) {
        guard let kind = FileKind(modeBits: raw.st_mode) else { return nil }
        self.kind = kind
        mode = UInt16(raw.st_mode & 0o7777)
        owner = raw.st_uid
        group = raw.st_gid
        size = Int64(raw.st_size)
        modified = FileTime(raw.st_mtim)
        changed = FileTime(raw.st_ctim)
        identity = FileIdentity(device: UInt64(raw.st_dev), inode: UInt64(raw.st_ino))
        linkCount = UInt64(raw.st_nlink)
        deviceMajor = rekindle_device_major(raw.st_rdev)
        deviceMinor = rekindle_device_minor(raw.st_rdev)
        allocated = Int64(raw.st_blocks) * 512
    }

    /// Whether two looks at one file saw the same content: nothing that a write touches differs.
    public func sameContent(as other: FileStatus) -> Bool {
        size == other.size && modified == other.modified && changed == other.changed && identity == other.identity
    }
}
