extension SelfTest {
    static let layout = "photonic data layout, version 1"

    /// Checks a data set in the layout that `photonic.json` describes: everything listed is there, parses, and is physically sound.
    ///
    /// Nothing in `directory` is trusted. What cannot be read or parsed is a failed check with a sentence.
    public static func dataChecks(directory: String) -> [CheckResult] { Suite.dataSet.run(directory: directory).checks }

    /// The checks, and how what could be read responds.
    static func checkData(in folder: DataFolder, _ report: inout SuiteReport) {
        var found: DataManifest?
        report.add(DataManifest.fileName, detail: "itself", source: layout, in: folder) { findings, responses throws(DataProblem) in
            let manifest = try readManifest(folder)
            findings.add(countChecks(manifest))
            responses.append(Response("size", file: DataManifest.fileName, unit: "files", kind: .size, [Double(manifest.files.count)]))
            // With the keys that nobody knows.
            var bytes: [UInt8] = []
            try folder.read(DataManifest.fileName, bytesMax: DataManifest.jsonBytesMax) { bytes += $0 }
            let description = try JSONText.value(bytes, isPython: false).digest
            responses.append(Response("description", file: DataManifest.fileName, kind: .digest, description))
            found = manifest
        }
        // Taken from an earlier run: it is needed all the same, for what it lists.
        do { found = try found ?? readManifest(folder) } catch { return }
        guard let manifest = found else { return }
        func add<Entry: DataManifestEntry>(
            _ entries: [Entry], _ name: String, _ make: (Entry, DataFolder, inout [Response]) throws(DataProblem) -> [CheckResult]
        ) {
            for entry in entries {
                guard isPlace(entry.file, in: name) else {
                    report.checks.append(
                        failure(DataManifest.fileName, "it lists a file under \(name) by a name that is not \(name)/NAME."))
                    continue
                }
                report.add(entry.file, detail: "\(entry)", source: layout, in: folder) { findings, responses throws(DataProblem) in
                    findings.add(try make(entry, folder, &responses).map { $0.about(entry.file) })
                }
            }
        }
        add(manifest.meshes, "phases", meshDataChecks)
        add(manifest.rings, "calibrations", ringDataChecks)
        add(manifest.weights, "weights", weightDataChecks)
        add(manifest.spikes, "spikes", spikeDataChecks)
        add(manifest.notes, "notes", noteDataChecks)
    }

    /// A name goes into messages: what could steer a terminal stays out of them.
    private static func isPlace(_ file: String, in folder: String) -> Bool {
        let isPlain = file.unicodeScalars.allSatisfy { ![.control, .format].contains($0.properties.generalCategory) }
        let parts = file.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return isPlain && file.utf8.count <= 1024 && parts.count == 2 && parts[0].elementsEqual(folder.utf8) && !parts[1].isEmpty
            && !parts[1].elementsEqual(".".utf8) && !parts[1].elementsEqual("..".utf8)
    }

    static func dataCheck(
        _ name: String, _ value: Double?, _ expected: Double, tolerance: Double = 0, unit: String = "", note: String? = nil
    ) -> CheckResult {
        CheckResult(
            name: name, file: DataManifest.fileName, value: value, expected: expected, tolerance: tolerance, unit: unit, source: layout,
            note: note)
    }

    /// A check whether a file can be used at all, failed.
    private static func failure(_ file: String, _ reason: String) -> CheckResult {
        dataCheck("\(file): readable", 0, 1, unit: CheckResult.isSo, note: "\(file): \(reason)")
    }

    private static func readManifest(_ folder: DataFolder) throws(DataProblem) -> DataManifest {
        let header = try folder.decode(DataManifest.Header.self, DataManifest.fileName)
        guard header.format == DataManifest.format else { throw DataProblem("its format is not \(DataManifest.format).") }
        guard header.version == DataManifest.version else {
            throw DataProblem("its version is \(header.version), and this program knows version \(DataManifest.version).")
        }
        let manifest = try folder.decode(DataManifest.self, DataManifest.fileName)
        let files = manifest.files
        guard !files.isEmpty else { throw DataProblem("it lists no files.") }
        guard files.count <= DataManifest.filesMax else { throw DataProblem("it lists more than \(DataManifest.filesMax) files.") }
        return manifest
    }

    private static func countChecks(_ manifest: DataManifest) -> [CheckResult] {
        let (listed, counts) = (manifest.listed, manifest.counts)
        let kinds = [
            ("meshes", listed.meshes, counts.meshes), ("rings", listed.rings, counts.rings), ("weights", listed.weights, counts.weights),
            ("spikes", listed.spikes, counts.spikes), ("notes", listed.notes, counts.notes),
        ]
        return kinds.map { kind, listed, count in
            dataCheck("\(DataManifest.fileName): \(kind) listed", Double(listed), Double(count), unit: "files")
        } + [
            dataCheck(
                "\(DataManifest.fileName): files listed once", Double(Set(manifest.files.map { Array($0.utf8) }).count),
                Double(manifest.files.count), unit: "files")
        ]
    }
}
