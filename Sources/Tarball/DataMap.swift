import Glibc

/// The stretches of a content that are not zero, of which a map of holes can be made where none was kept.
///
/// Only whole blocks count as holes: that is what a file system can leave out.
public struct DataMap: Sendable {
    public private(set) var extents: [TreeEntry.DataExtent] = []
    private var position: Int64 = 0
    /// Smaller holes are not worth a place in the map; grows with their number.
    private var holeMin: Int64 = 1

    public static let blockBytes = 4096
    private static let extentsMax = 100_000

    public init() {}

    /// Adds the next bytes of the content.
    public mutating func add(_ bytes: borrowing RawSpan) {
        for run in Self.runs(bytes, at: position) { append(run) }
        position += Int64(bytes.byteCount)
    }

    private mutating func append(_ run: TreeEntry.DataExtent) {
        if let last = extents.last, run.offset - last.offset - last.length < holeMin {
            extents[extents.count - 1] = TreeEntry.DataExtent(offset: last.offset, length: run.offset + run.length - last.offset)
        } else {
            extents.append(run)
        }
        while extents.count > Self.extentsMax {
            holeMin *= 2
            let all = extents
            extents = []
            for extent in all { append(extent) }
        }
    }

    /// The stretches of some bytes that are not zero; blocks are counted from the beginning of the content, in which the bytes stand at
    /// `position`.
    public static func runs(_ bytes: borrowing RawSpan, at position: Int64) -> [TreeEntry.DataExtent] {
        var runs: [TreeEntry.DataExtent] = []
        var start = 0
        while start < bytes.byteCount {
            let end = min(bytes.byteCount, start + blockBytes - Int((position + Int64(start)) % Int64(blockBytes)))
            if !bytes.extracting(start..<end).isZero {
                if let last = runs.last, last.offset + last.length == position + Int64(start) {
                    runs[runs.count - 1] = TreeEntry.DataExtent(offset: last.offset, length: last.length + Int64(end - start))
                } else {
                    runs.append(TreeEntry.DataExtent(offset: position + Int64(start), length: Int64(end - start)))
                }
            }
            start = end
        }
        return runs
    }
}

extension TreeEntry {
    /// The file has holes, and no map says where: there were too many for one, or the file system did not tell. The whole file stands for
    /// that as one stretch of data.
    public var hasUnlistedHoles: Bool {
        guard let size = contents?.size, size > 0 else { return false }
        return dataExtents == [DataExtent(offset: 0, length: size)]
    }
}

extension Array<TreeEntry.DataExtent> {
    /// Of stretches in order: which is the first that reaches beyond `position`.
    public func firstIndex(beyond position: Int64) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].offset + self[middle].length > position { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension RawSpan {
    public var isZero: Bool {
        withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress, let first = bytes.first else { return true }
            return first == 0 && memcmp(base, base + 1, bytes.count - 1) == 0
        }
    }
}
