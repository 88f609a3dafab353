package import FileTree

/// Values by inode, as many as there are: what is more than a few megabytes goes to nameless files, sorted, and is looked up there.
///
/// A machine that stores container images has millions of files with several names, and no name says whether another is to come.
package struct SpillTable: Sendable {
    /// Bytes of values in memory, and what each takes beside its own.
    private static let bytesMax = 8 << 20
    private static let overhead = 64

    private var recent: [FileIdentity: [UInt8]] = [:]
    private var bytes = 0
    private var spilled: [Run] = []
    private let bytesMax: Int
    private let makeFile: @Sendable () throws -> OpenFile

    /// - Parameter makeFile: a nameless file, for reading and writing.
    package init(bytesMax: Int = Self.bytesMax, makeFile: @escaping @Sendable () throws -> OpenFile) {
        self.bytesMax = bytesMax
        self.makeFile = makeFile
    }

    /// The value set last. One that was removed may still be found if it had gone to disk.
    package func value(of key: FileIdentity) -> [UInt8]? {
        if let value = recent[key] { return value }
        for run in spilled.reversed() { if let value = run.value(of: key) { return value } }
        return nil
    }

    package mutating func set(_ key: FileIdentity, _ value: [UInt8]) throws {
        let old = recent.updateValue(value, forKey: key)
        bytes += value.count - (old?.count ?? -Self.overhead)
        if bytes > bytesMax { try spill() }
    }

    /// Frees a value that is not needed any more.
    package mutating func remove(_ key: FileIdentity) {
        if let old = recent.removeValue(forKey: key) { bytes -= old.count + Self.overhead }
    }

    private mutating func spill() throws {
        spilled.append(try Run(recent, in: makeFile()))
        recent.removeAll(keepingCapacity: true)
        bytes = 0
    }

    /// A sorted table of places, and behind it the values.
    private struct Run: Sendable {
        /// Device, inode, end of the value; its begin is the end of the one before.
        private static let rowBytes = 24
        private let file: MappedFile
        private let count: Int

        init(_ values: [FileIdentity: [UInt8]], in file: OpenFile) throws {
            let keys = values.keys.sorted { ($0.device, $0.inode) < ($1.device, $1.inode) }
            count = keys.count
            var table: [UInt8] = []
            table.reserveCapacity(count * Self.rowBytes)
            var end = UInt64(count * Self.rowBytes)
            for key in keys {
                end += UInt64(values[key]?.count ?? 0)
                for word in [key.device, key.inode, end] { withUnsafeBytes(of: word) { table.append(contentsOf: $0) } }
            }
            try file.write(table)
            table = []
            for key in keys {
                table += values[key] ?? []
                if table.count >= 1 << 20 {
                    try file.write(table)
                    table.removeAll(keepingCapacity: true)
                }
            }
            try file.write(table)
            self.file = try MappedFile(file)
        }

        func value(of key: FileIdentity) -> [UInt8]? {
            var (low, high) = (0, count)
            while low < high {
                let middle = (low + high) / 2
                if (word(middle, 0), word(middle, 1)) < (key.device, key.inode) { low = middle + 1 } else { high = middle }
            }
            guard low < count, word(low, 0) == key.device, word(low, 1) == key.inode else { return nil }
            let begin = low == 0 ? count * Self.rowBytes : Int(word(low - 1, 2))
            return (begin..<Int(word(low, 2))).map { file.load(at: $0, as: UInt8.self) }
        }

        private func word(_ row: Int, _ column: Int) -> UInt64 { file.load(at: row * Self.rowBytes + column * 8, as: UInt64.self) }
    }
}
