import Core

/// Writes trees in the mtree(5) format that libarchive reads, with what mtree has no keyword for in comments before the entry.
public enum MtreeWriter {
    public static let header = Array("#mtree\n#: rekindle tree 1\n".utf8)

    /// Adds the lines of one entry to `text`. The spelling is fixed: the same entry always makes the same bytes.
    public static func append(_ entry: TreeEntry, to text: inout [UInt8]) {
        for attribute in entry.attributes {
            put("#: xattr ", &text)
            VisEncoding.append(attribute.name, to: &text)
            put("=", &text)
            VisEncoding.append(attribute.value, to: &text)
            put("\n", &text)
        }
        if let extents = entry.dataExtents { append(extents, to: &text) }
        if let first = entry.hardLink {
            put("#: hardlink ./", &text)
            append(first, to: &text)
            put("\n", &text)
        }
        put("./", &text)
        append(entry.path, to: &text)
        append(entry.kind, entry, to: &text)
        if entry.changeMark != nil || entry.isUnstable || entry.isGrowing { appendTags(entry, to: &text) }
        put("\n", &text)
    }

    private static func append(_ kind: TreeEntry.Kind, _ entry: TreeEntry, to text: inout [UInt8]) {
        switch kind {
        case .file(let contents):
            put(" type=file", &text)
            appendCommon(entry, to: &text)
            put(" size=\(contents.size) sha256digest=", &text)
            text.append(contentsOf: contents.digest.hexBytes)
            put(" contents=", &text)
            put(contents.location.text, &text)
        case .directory:
            put(" type=dir", &text)
            appendCommon(entry, to: &text)
        case .symbolicLink(let target):
            put(" type=link", &text)
            appendCommon(entry, to: &text)
            put(" link=", &text)
            VisEncoding.append(target, to: &text)
        case .fifo:
            put(" type=fifo", &text)
            appendCommon(entry, to: &text)
        case .characterDevice(let major, let minor):
            put(" type=char", &text)
            appendCommon(entry, to: &text)
            put(" device=native,\(major),\(minor)", &text)
        case .blockDevice(let major, let minor):
            put(" type=block", &text)
            appendCommon(entry, to: &text)
            put(" device=native,\(major),\(minor)", &text)
        }
    }

    private static func appendCommon(_ entry: TreeEntry, to text: inout [UInt8]) {
        put(" uid=\(entry.owner) gid=\(entry.group) mode=0", &text)
        put(String(entry.mode, radix: 8), &text)
        put(" time=", &text)
        append(entry.modified, to: &text)
    }

    private static func appendTags(_ entry: TreeEntry, to text: inout [UInt8]) {
        put(" tags=", &text)
        if let mark = entry.changeMark {
            put("ctime:", &text)
            append(mark.changed, to: &text)
            put(",inode:\(mark.inode)", &text)
        }
        let mark = entry.isUnstable ? "unstable" : entry.isGrowing ? "grew" : ""
        if !mark.isEmpty { put(entry.changeMark == nil ? mark : ",\(mark)", &text) }
    }

    private static func append(_ extents: [TreeEntry.DataExtent], to text: inout [UInt8]) {
        put("#: data", &text)
        for extent in extents { put(" \(extent.offset)+\(extent.length)", &text) }
        put("\n", &text)
    }

    private static func append(_ path: TreePath, to text: inout [UInt8]) {
        var isFirst = true
        for component in path.components {
            if !isFirst { text.append(UInt8(ascii: "/")) }
            VisEncoding.append(component, to: &text)
            isFirst = false
        }
    }

    /// Nine digits of fraction, always: libarchive reads the fraction as a count of nanoseconds.
    private static func append(_ time: TreeEntry.Time, to text: inout [UInt8]) {
        put("\(time.seconds).", &text)
        var divisor: UInt32 = 100_000_000
        while divisor > 0 {
            text.append(UInt8(ascii: "0") + UInt8(time.nanoseconds / divisor % 10))
            divisor /= 10
        }
    }

    private static func put(_ string: String, _ text: inout [UInt8]) { text.append(contentsOf: string.utf8) }
}
