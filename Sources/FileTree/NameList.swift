import Glibc

/// The names of one directory in one buffer: a directory of a million files costs its bytes and eight more a name.
public struct NameList: Sendable, RandomAccessCollection {
    private var bytes: [UInt8] = []
    private var spans: [NameSpan] = []

    private struct NameSpan {
        let start: UInt32
        let length: UInt32
    }

    /// Always 0.
    public var startIndex: Int { 0 }
    /// How many there are.
    public var endIndex: Int { spans.count }

    /// A name, in the order of bytes.
    public subscript(index: Int) -> [UInt8] {
        let span = spans[index]
        return Array(bytes[Int(span.start)..<Int(span.start + span.length)])
    }

    /// Whether the name is in the list, which is sorted.
    func has(_ name: [UInt8]) -> Bool {
        var (low, high) = (0, spans.count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].lexicographicallyPrecedes(name) { low = middle + 1 } else { high = middle }
        }
        return low < spans.count && self[low] == name
    }

    /// Adds a name unless it is `.` or `..`.
    mutating func append(_ name: UnsafeBufferPointer<UInt8>) {
        let dot = UInt8(ascii: ".")
        if name.count == 1, name[0] == dot { return }
        if name.count == 2, name[0] == dot, name[1] == dot { return }
        spans.append(NameSpan(start: UInt32(bytes.count), length: UInt32(name.count)))
        bytes.append(contentsOf: name)
    }

    /// Sorts by bytes, and keeps of each name one: some file systems list a name twice when files are renamed meanwhile.
    mutating func sort() {
        bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            func order(_ left: NameSpan, _ right: NameSpan) -> Int {
                let order = memcmp(base + Int(left.start), base + Int(right.start), Int(Swift.min(left.length, right.length)))
                return order == 0 ? Int(left.length) - Int(right.length) : Int(order)
            }
            spans.sort { order($0, $1) < 0 }
            var kept = 0
            for span in spans where kept == 0 || order(spans[kept - 1], span) != 0 {
                spans[kept] = span
                kept += 1
            }
            spans.removeLast(spans.count - kept)
        }
    }
}
