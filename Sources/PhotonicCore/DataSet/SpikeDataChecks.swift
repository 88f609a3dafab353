extension SelfTest {
    private static let channelsMax = 1 << 20
    private static let eventsMax = 1 << 30
    private static let noteBytesMax = 64 << 20

    /// One spike log: as many events as recorded, rising by time and then by channel, on channels that there are.
    static func spikeDataChecks(
        _ entry: DataManifest.SpikeEntry, _ folder: DataFolder, _ responses: inout [Response]
    ) throws(DataProblem) -> [CheckResult] {
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
        responses += log.responses(file: entry.file)
        return [
            dataCheck("\(entry.file): events", Double(log.events), Double(entry.events), unit: "events"),
            dataCheck(
                "\(entry.file): events out of order", Double(log.unordered.count), 0, unit: "events", note: log.unordered.first.first),
            dataCheck(
                "\(entry.file): events on unknown channels", Double(log.misplaced.count), 0, unit: "events", note: log.misplaced.first.first
            ),
            checksum(entry.file, crc, entry.crc32),
        ]
    }

    /// One note: nothing is known of it but its bytes.
    static func noteDataChecks(
        _ entry: DataManifest.NoteEntry, _ folder: DataFolder, _ responses: inout [Response]
    ) throws(DataProblem) -> [CheckResult] {
        var crc = CRC32()
        let bytes = try folder.read(entry.file, bytesMax: noteBytesMax) { crc.update($0) }
        responses.append(Response("bytes", file: entry.file, kind: .digest, [Double(bytes), Double(crc.value)]))
        return [
            dataCheck("\(entry.file): size", Double(bytes), Double(entry.bytes), unit: "bytes"),
            checksum(entry.file, crc, entry.crc32),
        ]
    }
}
