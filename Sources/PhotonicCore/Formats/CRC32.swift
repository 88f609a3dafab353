import CLinux

/// The checksum of zlib, gzip and zip: finds changed bits, not an attacker. Source: ISO 3309 and RFC 1952, section 8.
///
/// By the processor's own instruction where it has one; else sixteen bytes at a time, each looked up in a table of its own: Kounavis and Berry, "Novel table lookup-based algorithms for high-performance
/// CRC generation", IEEE Trans. Computers 57, 1550 (2008).
struct CRC32 {
    private var state: UInt32 = 0xffff_ffff

    var value: UInt32 { ~state }
    /// Eight lower-case hexadecimal digits.
    var hex: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    mutating func update(_ bytes: ArraySlice<UInt8>) { bytes.withUnsafeBytes { update($0) } }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        let folded = Self.canFold && bytes.count >= Self.foldedMin ? bytes.count & ~15 : 0
        if folded > 0 { state = rekindle_crc32_folded(state, bytes.baseAddress, UInt(folded)) }
        updateByTable(UnsafeRawBufferPointer(rebasing: bytes[folded...]))
    }

    private static let canFold = rekindle_has_folding() != 0
    private static let foldedMin = 64

    mutating func updateByTable(_ bytes: UnsafeRawBufferPointer) {
        var (crc, place) = (state, 0)
        Self.tables.withUnsafeBufferPointer { tables in
            func look(_ table: Int, _ word: UInt32) -> UInt32 {
                tables[table << 8 | Int(word & 0xff)] ^ tables[(table - 1) << 8 | Int(word >> 8 & 0xff)]
                    ^ tables[(table - 2) << 8 | Int(word >> 16 & 0xff)] ^ tables[(table - 3) << 8 | Int(word >> 24)]
            }
            while place + 16 <= bytes.count {
                let first = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
                let second = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place + 8, as: UInt64.self))
                crc =
                    look(15, UInt32(truncatingIfNeeded: first) ^ crc) ^ look(11, UInt32(truncatingIfNeeded: first >> 32))
                    ^ look(7, UInt32(truncatingIfNeeded: second)) ^ look(3, UInt32(truncatingIfNeeded: second >> 32))
                place += 16
            }
            while place < bytes.count {
                crc = crc >> 8 ^ tables[Int(UInt8(truncatingIfNeeded: crc) ^ bytes[place])]
                place += 1
            }
        }
        state = crc
    }

    /// Of what each byte adds that stands so many bytes before the end of its sixteen.
    private static let tables: [UInt32] = {
        var tables: [UInt32] = []
        for byte: UInt32 in 0..<256 {
            var value = byte
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xedb8_8320 : value >> 1 }
            tables.append(value)
        }
        for place in 256..<16 * 256 {
            let before = tables[place - 256]
            tables.append(before >> 8 ^ tables[Int(before & 0xff)])
        }
        return tables
    }()
}
