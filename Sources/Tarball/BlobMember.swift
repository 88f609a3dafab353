public import Core

/// One blob as a member of a POSIX ustar archive: `blobs/<id>`, then the content, then zeros up to a multiple of 512.
///
/// Everything but name and size is fixed, so the same content always makes the same bytes. Source: POSIX.1-2017, pax, "ustar
/// Interchange Format".
public enum BlobMember {
    public static let blockBytes = 512
    /// ustar keeps sizes in eleven octal digits; our own bound is far lower.
    public static let contentBytesMax = 64 << 20

    /// The zeros that end an archive.
    public static let endOfArchive = [UInt8](repeating: 0, count: 2 * blockBytes)

    /// How many bytes of tar a blob of `size` bytes takes.
    public static func tarBytes(size: Int) -> Int { blockBytes + paddedSize(size) }

    static func paddedSize(_ size: Int) -> Int { (size + blockBytes - 1) / blockBytes * blockBytes }

    /// Adds the member to `tar`; the content begins at the offset that is returned.
    public static func append(_ id: SHA256Digest, _ content: borrowing RawSpan, to tar: inout [UInt8]) -> Int {
        precondition(content.byteCount <= contentBytesMax)
        tar.append(contentsOf: header(id, size: content.byteCount))
        let offset = tar.count
        content.withUnsafeBytes { tar.append(contentsOf: $0) }
        tar.append(contentsOf: repeatElement(0, count: paddedSize(content.byteCount) - content.byteCount))
        return offset
    }

    /// The member that begins at `offset` of a frame's tar bytes, or nil if what stands there is not exactly what `append` writes.
    public static func read(_ tar: [UInt8], at offset: Int) -> (id: SHA256Digest, content: Range<Int>)? {
        guard offset >= 0, offset + blockBytes <= tar.count else { return nil }
        let head = tar[offset..<offset + blockBytes]
        guard let id = SHA256Digest(hex: head[(offset + 6)..<(offset + 70)]) else { return nil }
        var size = 0
        for digit in head[(offset + 124)..<(offset + 135)] {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "7") else { return nil }
            size = size << 3 | Int(digit - UInt8(ascii: "0"))
        }
        guard size <= contentBytesMax, head.elementsEqual(header(id, size: size)) else { return nil }
        let start = offset + blockBytes
        let end = start + paddedSize(size)
        guard end <= tar.count, tar[(start + size)..<end].allSatisfy({ $0 == 0 }) else { return nil }
        return (id, start..<start + size)
    }

    /// The header without name, size and checksum.
    private static let template: [UInt8] = {
        var block = [UInt8](repeating: 0, count: blockBytes)
        func put(_ text: String, at offset: Int) { block.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8) }
        put("blobs/", at: 0)
        put("0000444", at: 100)
        put("0000000", at: 108)
        put("0000000", at: 116)
        put("00000000000", at: 136)
        put("        ", at: 148)
        put("0", at: 156)
        put("ustar\0", at: 257)
        put("00", at: 263)
        return block
    }()

    private static func header(_ id: SHA256Digest, size: Int) -> [UInt8] {
        var block = template
        block.replaceSubrange(6..<70, with: id.hexBytes)
        putOctal(size, digits: 11, at: 124, in: &block)
        let sum = block.reduce(0) { $0 + Int($1) }
        putOctal(sum, digits: 6, at: 148, in: &block)
        block[154] = 0
        return block
    }

    private static func putOctal(_ value: Int, digits: Int, at offset: Int, in block: inout [UInt8]) {
        var rest = value
        for position in stride(from: offset + digits - 1, through: offset, by: -1) {
            block[position] = UInt8(ascii: "0") + UInt8(rest & 7)
            rest >>= 3
        }
    }
}
