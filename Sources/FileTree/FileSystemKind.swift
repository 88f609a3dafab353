import CLinux
public import Core

/// What kind of file system a directory lies on: how far its times can be believed, and whether it holds data at all.
public enum FileSystemKind: Sendable, Equatable {
    /// On a disk of this machine, or of a kind that is not known.
    case local
    /// In memory: a write through a mapping moves no time, ever.
    case memory
    /// Another machine, or a program, gives the times and the names.
    case network
    /// A file system the kernel makes up, with its name: processes, devices, settings. Its contents cannot be restored.
    case pseudo(String)

    /// By the magic number of `statfs(2)`. Source: linux/magic.h and fs/*/ of the kernel.
    init(magic: UInt32) {
        switch magic {
        case 0x0102_1994, 0x8584_58F6, 0x9584_58F6: self = .memory  // tmpfs, ramfs, hugetlbfs
        case 0x6969, 0xFF53_4D42, 0xFE53_4D42, 0x517B, 0x0102_1997, 0x6573_5546, 0x00C3_6400, 0x5346_414F, 0x6B41_4653, 0x0BD0_0BD0,
            0x4750_4653, 0x786F_4256, 0x7C7C_6673:
            self = .network  // NFS, CIFS, SMB, 9p, FUSE, Ceph, AFS, Lustre, GPFS, VirtualBox, Parallels
        default: self = Self.pseudoNames[magic].map { .pseudo($0) } ?? .local
        }
    }

    private static let pseudoNames: [UInt32: String] = [
        0x9FA0: "proc", 0x6265_6572: "sysfs", 0x27_E0EB: "cgroup", 0x6367_7270: "cgroup2", 0x6462_6720: "debugfs",
        0x7472_6163: "tracefs", 0x7363_6673: "securityfs", 0xF97C_FF8C: "selinuxfs", 0x4341_5D53: "smackfs", 0xCAFE_4A11: "bpf",
        0x1CD1: "devpts", 0x1980_0202: "mqueue", 0x6165_676C: "pstore", 0xDE5E_81E4: "efivarfs", 0x6265_6570: "configfs",
        0x4249_4E4D: "binfmt_misc", 0x6E73_6673: "nsfs", 0x6573_5543: "fusectl", 0x6759_6969: "rpc_pipefs",
        0x0765_5821: "resctrl", 0x6C6F_6F70: "binder", 0x9FA1: "openpromfs", 0xABBA_1974: "xenfs", 0x5A3C_69F0: "apparmorfs",
    ]
}

extension Directory {
    /// What kind of file system this directory lies on.
    public func fileSystemKind() throws(SystemError) -> FileSystemKind {
        let magic = try checked("examine the file system of", path) { rekindle_file_system_magic(file.descriptor) }
        return FileSystemKind(magic: UInt32(truncatingIfNeeded: magic))
    }
}
