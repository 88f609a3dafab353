import CLinux
public import Core
import Glibc

/// The mounts that this process sees, from /proc/self/mountinfo (proc(5)).
public enum Mounts {
    private struct Mount {
        /// As the kernel writes it: `8:1`.
        let device: ArraySlice<UInt8>
        /// Which part of the file system is mounted; `/` for all of it.
        let root: ArraySlice<UInt8>
        let place: ArraySlice<UInt8>
        let type: String
        let source: ArraySlice<UInt8>

        init?(_ line: ArraySlice<UInt8>) {
            let words = line.split(separator: UInt8(ascii: " "))
            // Between the options and the dash stands any number of further words.
            guard words.count >= 9, let dash = words.dropFirst(6).firstIndex(of: [UInt8(ascii: "-")]), dash + 2 < words.count else {
                return nil
            }
            (device, root, place, source) = (words[2], words[3], words[4], words[dash + 2])
            type = String(decoding: words[dash + 1], as: UTF8.self)
        }
    }

    private static let bytesMax = 16 << 20

    /// The mount at this very path, as `/dev/sda1 (ext4)`; nil where there is none, or nobody can tell.
    static func description(at path: String) -> String? {
        let place = Directory.resolved(path).map { PathText.bytes($0) }
        guard let mount = (try? list())?.last(where: { PathText.bytes(String(decoding: $0.place, as: UTF8.self)) == place }) else {
            return nil
        }
        let part = mount.root == [UInt8(ascii: "/")] ? "" : ", its \(String(decoding: mount.root, as: UTF8.self))"
        return "\(String(decoding: mount.source, as: UTF8.self)) (\(mount.type)\(part))"
    }

    /// Whether a directory is there, and lies on the file system of the one above it. One that is not there, or may not be looked at, is not.
    ///
    /// - Parameter path: as `PathText` writes it.
    public static func isBare(_ path: String) -> Bool {
        guard let slash = path.lastIndex(of: "/"), path.utf8.count > 1 else { return false }
        do throws(SystemError) {
            let parent = try Directory.open(slash == path.startIndex ? "/" : String(path[..<slash]))
            let name = PathText.bytes(String(path[path.index(after: slash)...]))
            return try !parent.openDirectory(name).isMountPoint(in: parent)
        } catch { return false }
    }

    /// The type of the file system on a device, as `devtmpfs`.
    static func type(of device: UInt64) -> String? {
        let device = Array("\(rekindle_device_major(dev_t(device))):\(rekindle_device_minor(dev_t(device)))".utf8)[...]
        return (try? list())?.first { $0.device == device }?.type
    }

    private static func list() throws(SystemError) -> [Mount] {
        try OpenFile.contents(of: "/proc/self/mountinfo", limit: bytesMax).split(separator: UInt8(ascii: "\n")).compactMap { Mount($0) }
    }
}

extension SystemError {
    /// The same, with what is mounted there where that is the reason.
    public var withMount: String {
        guard code == EBUSY || code == EROFS, let mount = Mounts.description(at: path) else { return description }
        return "\(description): \(mount) is mounted there"
    }
}

extension Directory {
    /// The kind of file system that this lies in, if it is one that the kernel makes up: nobody's data. Nil for any other.
    public func kernelFileSystem() throws(SystemError) -> String? {
        switch try fileSystemKind() {
        case .pseudo(let name): name
        // Device nodes that the kernel makes, in memory.
        case .memory: try Mounts.type(of: file.status().identity.device).flatMap { $0 == "devtmpfs" ? $0 : nil }
        case .local, .network: nil
        }
    }
}
