package import FileTree

/// Values by inode, as many as there are: what is more than a few megabytes goes to nameless files, sorted, and is looked up there.
///
/// A machine that stores container images has millions of files with several names, and no name says whether another is to come.
package struct SpillTable: Sendable {
    /// Bytes of values in memory, and what each takes beside its own.
    private static let bytesMax = 8 << 20
    private static let overhead = 64
    /// So many runs of one level become one of the next: few are searched, and each value is written again a few times only.
    private static let fanIn = 8

    /// An empty value is none, and hides what an older run says.
    private var recent: [FileIdentity: [UInt8]] = [:]
    private var bytes = 0
    /// The oldest first.
    private var spilled: [(level: Int, run: SpilledRun)] = []
    private let bytesMax: Int
    private let makeFile: @Sendable () throws -> OpenFile

    /// - Parameter makeFile: a nameless file, for reading and writing.
    package init(bytesMax: Int = Self.bytesMax, makeFile: @escaping @Sendable () throws -> OpenFile) {
        self.bytesMax = bytesMax
        self.makeFile = makeFile
    }

    /// The value set last; nil for none, or for one that was removed.
    package func value(of key: FileIdentity) -> [UInt8]? {
        guard let value = recent[key] ?? spilledValue(of: key), !value.isEmpty else { return nil }
        return value
    }

    private func spilledValue(of key: FileIdentity) -> [UInt8]? {
        for (_, run) in spilled.reversed() { if let value = run.value(of: key) { return value } }
        return nil
    }

    /// - Parameter value: not empty.
    package mutating func set(_ key: FileIdentity, _ value: [UInt8]) throws {
        let old = recent.updateValue(value, forKey: key)
        bytes += value.count - (old?.count ?? -Self.overhead)
        if bytes > bytesMax { try spill() }
    }

    package mutating func remove(_ key: FileIdentity) throws {
        if spilledValue(of: key)?.isEmpty == false { return try set(key, []) }
        if let old = recent.removeValue(forKey: key) { bytes -= old.count + Self.overhead }
    }

    private mutating func spill() throws {
        let writer = SpilledRun.Writer(rows: try makeFile(), values: try makeFile())
        for key in recent.keys.sorted(by: <) { try writer.append(key, recent[key] ?? []) }
        spilled.append((0, try writer.finish()))
        recent.removeAll(keepingCapacity: true)
        bytes = 0
        while let level = spilled.last?.level, spilled.suffix(Self.fanIn).count(where: { $0.level == level }) == Self.fanIn {
            let isOldest = spilled.count == Self.fanIn
            let merged = try SpilledRun.merged(
                spilled.suffix(Self.fanIn).map(\.run), keepsRemovals: !isOldest, rows: try makeFile(), values: try makeFile())
            spilled.removeLast(Self.fanIn)
            spilled.append((level + 1, merged))
        }
    }
}

extension FileIdentity {
    fileprivate static func < (left: Self, right: Self) -> Bool { (left.device, left.inode) < (right.device, right.inode) }
}

/// Values sorted by key, in two files: a row of a fixed size for each key, and the values one behind the other.
private struct SpilledRun: Sendable {
    /// Device, inode, and where the value ends; it begins where the one before ends.
    private static let rowBytes = 24
    private let rows: MappedFile
    private let values: MappedFile

    private var count: Int { rows.count / Self.rowBytes }

    /// Nil where the run has nothing of this key.
    func value(of key: FileIdentity) -> [UInt8]? {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self.key(middle) < key { low = middle + 1 } else { high = middle }
        }
        return low < count && self.key(low) == key ? value(low) : nil
    }

    private func key(_ row: Int) -> FileIdentity { FileIdentity(device: word(row, 0), inode: word(row, 1)) }

    private func value(_ row: Int) -> [UInt8] {
        let begin = row == 0 ? 0 : Int(word(row - 1, 2))
        return (begin..<Int(word(row, 2))).map { values.load(at: $0, as: UInt8.self) }
    }

    private func word(_ row: Int, _ column: Int) -> UInt64 { rows.load(at: row * Self.rowBytes + column * 8, as: UInt64.self) }

    /// One run of several: of a key that is in more than one, the newest counts.
    ///
    /// - Parameters:
    ///   - runs: the oldest first.
    ///   - keepsRemovals: whether there are older runs, of which something may be removed.
    static func merged(_ runs: [SpilledRun], keepsRemovals: Bool, rows: OpenFile, values: OpenFile) throws -> SpilledRun {
        let writer = Writer(rows: rows, values: values)
        var next = [Int](repeating: 0, count: runs.count)
        while true {
            var least: FileIdentity?
            var newest = 0
            for (index, run) in runs.enumerated() where next[index] < run.count {
                let key = run.key(next[index])
                if least.map({ !($0 < key) }) ?? true { (least, newest) = (key, index) }
            }
            guard let least else { return try writer.finish() }
            let value = runs[newest].value(next[newest])
            if keepsRemovals || !value.isEmpty { try writer.append(least, value) }
            for (index, run) in runs.enumerated() where next[index] < run.count && run.key(next[index]) == least { next[index] += 1 }
        }
    }

    final class Writer {
        private static let flushBytes = 1 << 20
        private let files: (rows: OpenFile, values: OpenFile)
        private var rows: [UInt8] = []
        private var values: [UInt8] = []
        private var end: UInt64 = 0

        init(rows: OpenFile, values: OpenFile) { files = (rows, values) }

        /// Keys come in rising order.
        func append(_ key: FileIdentity, _ value: [UInt8]) throws {
            end += UInt64(value.count)
            for word in [key.device, key.inode, end] { withUnsafeBytes(of: word) { rows.append(contentsOf: $0) } }
            values += value
            if rows.count + values.count > Self.flushBytes { try flush() }
        }

        private func flush() throws {
            try files.rows.write(rows)
            try files.values.write(values)
            rows.removeAll(keepingCapacity: true)
            values.removeAll(keepingCapacity: true)
        }

        func finish() throws -> SpilledRun {
            try flush()
            return SpilledRun(rows: try MappedFile(files.rows), values: try MappedFile(files.values))
        }
    }
}
