/// Reads `time_ns,channel` and the events below it, one piece after the other.
struct SpikeLog {
    /// Two numbers of twenty digits, the comma and the end of the line, with room to spare.
    static let lineBytesMax = 64
    private static let header = Array("time_ns,channel".utf8)

    let channels: UInt64
    /// How many events each channel has; of the first only where there are very many.
    private(set) var counts: [Int]
    private(set) var lastTime: UInt64 = 0
    private(set) var unordered = Tally<String>()
    private(set) var misplaced = Tally<String>()
    private var crc = CRC32()
    private var lines = 0
    private var line: [UInt8] = []
    private var last: (time: UInt64, channel: UInt64)?

    private static let countsMax = 65_536

    init(channels: UInt64) {
        self.channels = channels
        counts = [Int](repeating: 0, count: Int(min(channels, UInt64(Self.countsMax))))
    }

    /// The header is no event.
    var events: Int { max(0, lines - 1) }

    /// Of every line.
    var checksum: UInt32 { crc.value }

    mutating func add(_ piece: ArraySlice<UInt8>) throws(DataProblem) {
        crc.update(piece)
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
        lastTime = max(lastTime, time)
        if channel < UInt64(counts.count) { counts[Int(channel)] += 1 }
    }

    /// Digits only: `UInt64` itself would accept a sign.
    private func number(_ text: ArraySlice<UInt8>) -> UInt64? {
        guard text.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return UInt64(String(decoding: text, as: UTF8.self))
    }
}
