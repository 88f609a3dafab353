internal import StrictYAML

/// Spike logs in CSV, `time_ns,channel`: in order, on channels that there are, and as many as came in.
struct SpikeStep: SuiteStep {
    private static let source = "the suite; photonic data layout, version 1"
    private static let eventsMax = 1 << 30

    private let file: String
    private let channels: Int
    private let events: Int?
    /// A log that has as many events on each channel: what went in where nothing is lost.
    private let conserves: String?

    init?(_ value: YAMLNode, _ problems: YAMLProblems) {
        let known = ["file", "channels", "events", "conserves"]
        guard let section = YAMLMapping(value, "\"spikes\"", known: known, problems: problems), let file = section.file(of: "\"spikes\""),
            section.require("channels", of: "\"spikes\""), let channels = section.whole("channels", 1...65_536)
        else { return nil }
        self.file = file
        self.channels = channels
        events = section.whole("events", 0...Self.eventsMax)
        conserves = section.has("conserves") ? section.file("conserves", of: "\"spikes\"") : nil
    }

    var files: [String] { [file] + [conserves].compactMap(\.self) }

    func run(in folder: DataFolder, _ report: inout SuiteReport) {
        forEachFile(file, in: folder, source: Self.source, &report) { file, findings, responses throws(DataProblem) in
            let log = try read(file, folder)
            if let events { findings.check("events", Double(log.events), Double(events), unit: "events") }
            findings.check("events out of order", Double(log.unordered.count), 0, unit: "events", note: log.unordered.first.first)
            findings.check("events on unknown channels", Double(log.misplaced.count), 0, unit: "events", note: log.misplaced.first.first)
            if let conserves {
                let other: SpikeLog
                do throws(DataProblem) { other = try read(conserves, folder) } catch { throw DataProblem("\(conserves): \(error.reason)") }
                for (what, wrong) in [("events out of order", other.unordered), ("events on unknown channels", other.misplaced)] {
                    findings.check("\(what) in \(conserves)", Double(wrong.count), 0, unit: "events", note: wrong.first.first)
                }
                responses += other.responses(file: conserves)
                var faults = Tally<Findings.Fault>()
                for (channel, counts) in zip(log.counts, other.counts).enumerated() where counts.0 != counts.1 {
                    let range = Double(counts.1)...Double(counts.1)
                    faults.add(.init(element: "channel \(channel)", value: Double(counts.0), range: range, unit: "events"))
                }
                findings.check("channels with other counts than \(conserves)", faults: faults)
            }
            responses += log.responses(file: file)
        }
    }

    private func read(_ file: String, _ folder: DataFolder) throws(DataProblem) -> SpikeLog {
        var log = SpikeLog(channels: UInt64(channels))
        try folder.read(file, bytesMax: Self.eventsMax) { piece throws(DataProblem) in try log.add(piece) }
        try log.finish()
        return log
    }
}

extension SpikeLog {
    /// How many events there are, and sums over all of them.
    func responses(file: String) -> [Response] {
        var sketch = Sketch()
        for count in counts { sketch.add(Double(count)) }
        sketch.add(Double(lastTime))
        return [
            Response("size", file: file, unit: "events", kind: .size, [Double(events)]),
            // And every event, by the characters of its line.
            Response("counts and times", file: file, kind: .digest, sketch.values + [Double(checksum)]),
        ]
    }
}
