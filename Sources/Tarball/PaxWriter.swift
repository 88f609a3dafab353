import CLibArchive
public import Core

/// Writes a plain POSIX pax tarball, zstd-compressed, with real names and all metadata: what GNU tar and bsdtar extract.
///
/// Names that are not UTF-8 are marked as binary, as pax allows.
public final class PaxWriter {
    private let archive: OpaquePointer
    private var isClosed = false
    /// Bytes of the present file that are still to come.
    private var missing: Int64 = 0

    /// Paths with a time before 1970 that lost its fraction: GNU tar and libarchive read such a fraction in opposite directions.
    public private(set) var roundedTimes = 0
    /// Extended attributes with a `=` in their name, which pax has no way to write.
    public private(set) var omittedAttributes = 0

    /// - Parameter descriptor: takes the archive; it stays open.
    public init(descriptor: Int32, threads: Int) throws(Failure) {
        guard let archive = archive_write_new() else { throw Failure(.failed, "libarchive could not allocate a writer") }
        self.archive = archive
        try check(archive_write_set_format_pax(archive), "choose the format")
        // Once is enough: without this every attribute is written in two dialects.
        try check(archive_write_set_format_option(archive, "pax", "xattrheader", "SCHILY"), "choose the dialect of attributes")
        try check(archive_write_add_filter_zstd(archive), "add zstd")
        try check(archive_write_set_filter_option(archive, "zstd", "threads", String(threads)), "set the threads")
        try check(archive_write_set_bytes_in_last_block(archive, 1), "set the last block")
        try check(archive_write_open_fd(archive, descriptor), "open the output")
    }

    /// One that was not closed is no archive: without this libarchive would end it as if it were whole.
    deinit {
        if !isClosed { archive_write_fail(archive) }
        archive_write_free(archive)
    }

    /// Adds an entry. For a file, `content` must then give exactly its bytes to `write`.
    public func append(_ entry: TreeEntry, content: (PaxWriter) throws -> Void) throws {
        guard let header = archive_entry_new() else { throw Failure(.failed, "libarchive could not allocate an entry") }
        defer { archive_entry_free(header) }
        try describe(entry, header)
        let code = try inUTF8 { archive_write_header(archive, header) }
        // libarchive warns of a name that is not UTF-8 and marks it as binary, which is right.
        if code != ARCHIVE_WARN || entry.isText || !reason.contains("UTF-8") { try check(code, "write the header of \(entry.path)") }
        missing = archive_entry_size(header)
        if missing > 0 { try content(self) }
        // libarchive would fill it up with zeros.
        guard missing == 0 else { throw Failure(.failed, "\(entry.path) lacks \(missing) of its bytes") }
        try check(archive_write_finish_entry(archive), "end \(entry.path)")
    }

    /// Adds bytes to the file whose header was written last.
    public func write(_ bytes: borrowing RawSpan) throws(Failure) {
        let count = bytes.withUnsafeBytes { archive_write_data(archive, $0.baseAddress, $0.count) }
        guard count == bytes.byteCount else {
            throw Failure(.failed, "libarchive wrote \(count) of \(bytes.byteCount) bytes: \(reason)")
        }
        missing -= Int64(count)
    }

    /// Ends the archive. Only then is it whole.
    public func close() throws(Failure) {
        try check(archive_write_close(archive), "end the archive")
        isClosed = true
    }

    /// libarchive translates names by the locale of the thread: with any but a UTF-8 one it would refuse them.
    private func inUTF8<Result>(_ body: () -> Result) throws(Failure) -> Result {
        guard let locale = rekindle_utf8_locale() else { throw Failure(.failed, "there is no locale C.UTF-8") }
        defer { freelocale(locale) }
        let previous = uselocale(locale)
        defer { uselocale(previous) }
        return body()
    }

    private var reason: String {
        let text = archive_error_string(archive).map { String(cString: $0) } ?? "no reason given"
        return systemReason(archive_errno(archive)).map { "\(text): \($0)" } ?? text
    }

    /// Anything but OK is a failure here: a warning means that something of the entry is not in the archive.
    private func check(_ code: Int32, _ what: String) throws(Failure) {
        guard code == ARCHIVE_OK else { throw Failure(.failed, "libarchive could not \(what): \(reason)") }
    }

    private func describe(_ entry: TreeEntry, _ header: OpaquePointer) throws {
        archive_entry_copy_pathname(header, Self.terminated(entry.path.bytes))
        archive_entry_set_uid(header, Int64(entry.owner))
        archive_entry_set_gid(header, Int64(entry.group))
        archive_entry_set_perm(header, mode_t(entry.mode))
        let isRounded = entry.modified.seconds < 0 && entry.modified.nanoseconds > 0
        if isRounded { roundedTimes += 1 }
        archive_entry_set_mtime(header, time_t(entry.modified.seconds), isRounded ? 0 : Int(entry.modified.nanoseconds))
        archive_entry_set_size(header, 0)
        switch entry.kind {
        case .file(let contents):
            archive_entry_set_filetype(header, UInt32(S_IFREG))
            if let first = entry.hardLink {
                archive_entry_copy_hardlink(header, Self.terminated(first.bytes))
            } else {
                archive_entry_set_size(header, contents.size)
                for extent in entry.dataExtents ?? [] { archive_entry_sparse_add_entry(header, extent.offset, extent.length) }
                // A file that is one hole: a map of nothing would be no map.
                if entry.dataExtents == [] { archive_entry_sparse_add_entry(header, contents.size, 0) }
            }
        case .directory: archive_entry_set_filetype(header, UInt32(S_IFDIR))
        case .symbolicLink(let target):
            archive_entry_set_filetype(header, UInt32(S_IFLNK))
            archive_entry_copy_symlink(header, Self.terminated(target))
        case .fifo: archive_entry_set_filetype(header, UInt32(S_IFIFO))
        case .characterDevice(let major, let minor), .blockDevice(let major, let minor):
            if case .blockDevice = entry.kind {
                archive_entry_set_filetype(header, UInt32(S_IFBLK))
            } else {
                archive_entry_set_filetype(header, UInt32(S_IFCHR))
            }
            archive_entry_set_rdevmajor(header, dev_t(major))
            archive_entry_set_rdevminor(header, dev_t(minor))
        }
        try addAttributes(entry, header)
    }

    private func addAttributes(_ entry: TreeEntry, _ header: OpaquePointer) throws {
        for attribute in entry.attributes where entry.hardLink == nil {
            if let list = AccessControlList(attribute) {
                for rule in list.rules {
                    let code = archive_entry_acl_add_entry(header, list.type, rule.permissions, rule.tag, rule.qualifier, nil)
                    try check(code, "add the ACL of \(entry.path)")
                }
            } else if attribute.name.contains(UInt8(ascii: "=")) {
                omittedAttributes += 1
            } else {
                attribute.value.withUnsafeBytes {
                    archive_entry_xattr_add_entry(header, Self.terminated(attribute.name), $0.baseAddress, $0.count)
                }
            }
        }
    }

    private static func terminated(_ bytes: [UInt8]) -> [CChar] { bytes.map { CChar(bitPattern: $0) } + [0] }
}

extension TreeEntry {
    /// Whether every name in it is UTF-8.
    fileprivate var isText: Bool {
        var names = [path.bytes, hardLink?.bytes ?? []]
        if case .symbolicLink(let target) = kind { names.append(target) }
        return names.allSatisfy { String(validating: $0, as: UTF8.self) != nil }
    }
}

/// A POSIX ACL as the kernel keeps it in an attribute.
///
/// Source: linux/posix_acl_xattr.h: a version (2), then entries of tag, permissions and id; little-endian.
private struct AccessControlList {
    struct Rule {
        let tag: Int32
        let permissions: Int32
        let qualifier: Int32
    }

    let type: Int32
    let rules: [Rule]

    /// Nil for any other attribute, or one that is not well-formed: that is kept as bytes.
    init?(_ attribute: TreeEntry.Attribute) {
        if attribute.name.elementsEqual("system.posix_acl_access".utf8) {
            type = ARCHIVE_ENTRY_ACL_TYPE_ACCESS
        } else if attribute.name.elementsEqual("system.posix_acl_default".utf8) {
            type = ARCHIVE_ENTRY_ACL_TYPE_DEFAULT
        } else {
            return nil
        }
        let value = attribute.value
        func number(_ offset: Int, _ bytes: Int) -> UInt32 { (0..<bytes).reduce(0) { $0 | UInt32(value[offset + $1]) << UInt32(8 * $1) } }
        guard value.count >= 4, (value.count - 4) % 8 == 0, number(0, 4) == 2 else { return nil }
        var rules: [Rule] = []
        for offset in stride(from: 4, to: value.count, by: 8) {
            guard let tag = Self.tags[number(offset, 2)] else { return nil }
            // Both give read, write and execute the bits 4, 2 and 1.
            rules.append(Rule(tag: tag, permissions: Int32(number(offset + 2, 2) & 7), qualifier: Int32(bitPattern: number(offset + 4, 4))))
        }
        self.rules = rules
    }

    private static let tags: [UInt32: Int32] = [
        0x01: ARCHIVE_ENTRY_ACL_USER_OBJ, 0x02: ARCHIVE_ENTRY_ACL_USER, 0x04: ARCHIVE_ENTRY_ACL_GROUP_OBJ, 0x08: ARCHIVE_ENTRY_ACL_GROUP,
        0x10: ARCHIVE_ENTRY_ACL_MASK, 0x20: ARCHIVE_ENTRY_ACL_OTHER,
    ]
}
