extension SelfTest {
    private static let channelsMax = 1 << 20
    private static let eventsMax = 1 << 30
    private static let noteBytesMax = 64 << 20

    /// One spike log: as many events as recorded, rising by time and then by channel, on channels that there are.
    static func spikeDataChecks(_ entry: DataManifest.SpikeEntry, _ folder: DataFolder) throws(DataProblem) -> [CheckResult] {
        guard (1...channelsMax).contains(entry.channels), (0...eventsMax).contains(entry.events) else {
            throw DataProblem("\(entry.channels) channels or \(entry.events) events are more than a log has.")
        }
        var log = SpikeLog(channels: UInt64(entry.channels))
        var crc = CRC32()
        let bytesMax = (entry.events + 1) * SpikeLog.lineBytesMax
        try folder.read(entry.file, bytesMax: bytesMax) { piece throws(DataProblem) in
            crc.update(piece)
            try log.add(piece)
        }
        try log.finish()
        return [
            dataCheck("\(entry.file): events", Double(log.events), Double(entry.events), unit: "events"),
            dataCheck("\(entry.file): events out of order", Double(log.unordered.count), 0, unit: "events", note: log.unordered.first),
            dataCheck(
                "\(entry.file): events on unknown channels", Double(log.misplaced.count), 0, unit: "events", note: log.misplaced.first),
            checksum(entry.file, crc, entry.crc32),
        ]
    }

    /// One note: nothing is known of it but its bytes.
    static func noteDataChecks(_ entry: DataManifest.NoteEntry, _ folder: DataFolder) throws(DataProblem) -> [CheckResult] {
        var crc = CRC32()
        let bytes = try folder.read(entry.file, bytesMax: noteBytesMax) { crc.update($0) }
        return [
            dataCheck("\(entry.file): size", Double(bytes), Double(entry.bytes), unit: "bytes"),
            checksum(entry.file, crc, entry.crc32),
        ]
    }
}

/// Reads `time_ns,channel` and the events below it, one piece after the other.
private struct SpikeLog {
    /// Two numbers of twenty digits, the comma and the end of the line, with room to spare.
    static let lineBytesMax = 64
    private static let header = Array("time_ns,channel".utf8)

    /// How many events have a fault, and a sentence about the first.
    struct Faults {
        var count = 0
        var first: String?

        mutating func add(_ sentence: @autoclosure () -> String) {
            if count == 0 { first = sentence() }
            count += 1
        }
    }

    let channels: UInt64
    private(set) var unordered = Faults()
    private(set) var misplaced = Faults()
    private var lines = 0
    private var line: [UInt8] = []
    private var last: (time: UInt64, channel: UInt64)?

    init(channels: UInt64) { self.channels = channels }

    /// The header is no event.
    var events: Int { max(0, lines - 1) }

    mutating func add(_ piece: ArraySlice<UInt8>) throws(DataProblem) {
        for byte in piece {
            if byte == UInt8(ascii: "\n") {
                lines += 1
                try endLine()
                line.removeAll(keepingCapacity: true)
            } else {
                guard line.count < Self.lineBytesMax else { throw DataProblem("line \(lines + 1) is longer than an event.") }
                line.append(byte)
            }
        }
    }

    func finish() throws(DataProblem) {
        guard lines > 0, line.isEmpty else { throw DataProblem("line \(lines + 1) is cut off: the file does not end with a line break.") }
    }

    private mutating func endLine() throws(DataProblem) {
        if lines == 1 {
            guard line == Self.header else { throw DataProblem("line 1 is not time_ns,channel.") }
            return
        }
        let parts = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard parts.count == 2, let time = number(parts[0]), let channel = number(parts[1]) else {
            throw DataProblem("line \(lines) is not two whole numbers with a comma between them.")
        }
        if let last, (time, channel) <= last {
            unordered.add("Line \(lines): \(time) ns on channel \(channel) comes after \(last.time) ns on channel \(last.channel).")
        }
        if channel >= channels { misplaced.add("Line \(lines): channel \(channel) is not one of 0 to \(channels - 1).") }
        last = (time, channel)
    }

    /// Digits only: `UInt64` itself would accept a sign.
    private func number(_ text: ArraySlice<UInt8>) -> UInt64? {
        guard text.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return UInt64(String(decoding: text, as: UTF8.self))
    }
}
