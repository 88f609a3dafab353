extension SelfTest {
    static let layout = "photonic data layout, version 1"

    /// Checks a data set in the layout that `photonic.json` describes: everything listed is there, parses, and is physically sound.
    ///
    /// Nothing in `directory` is trusted. What cannot be read or parsed is a failed check with a sentence.
    public static func dataChecks(directory: String) -> [CheckResult] {
        do { return dataChecks(try DataFolder(directory)).checks } catch { return [failure(DataManifest.fileName, error.reason)] }
    }

    /// The checks, and how what could be read responds.
    static func dataChecks(_ folder: DataFolder) -> SuiteReport {
        do {
            let manifest = try readManifest(folder)
            var checks = countChecks(manifest)
            var responses = [
                Response("size", file: DataManifest.fileName, unit: "files", isSize: true, [Double(manifest.files.count)])
            ]
            for entry in manifest.meshes {
                checks += fileChecks(entry.file, in: "phases") { () throws(DataProblem) in try meshDataChecks(entry, folder, &responses) }
            }
            for entry in manifest.rings {
                checks += fileChecks(entry.file, in: "calibrations") { () throws(DataProblem) in
                    try ringDataChecks(entry, folder, &responses)
                }
            }
            for entry in manifest.weights {
                checks += fileChecks(entry.file, in: "weights") { () throws(DataProblem) in try weightDataChecks(entry, folder, &responses)
                }
            }
            for entry in manifest.spikes {
                checks += fileChecks(entry.file, in: "spikes") { () throws(DataProblem) in try spikeDataChecks(entry, folder, &responses) }
            }
            for entry in manifest.notes {
                checks += fileChecks(entry.file, in: "notes") { () throws(DataProblem) in try noteDataChecks(entry, folder) }
            }
            return SuiteReport(checks: checks, responses: responses)
        } catch {
            return SuiteReport(checks: [failure(DataManifest.fileName, error.reason)])
        }
    }

    static func dataCheck(
        _ name: String, _ value: Double?, _ expected: Double, tolerance: Double = 0, unit: String = "", note: String? = nil
    ) -> CheckResult {
        CheckResult(name: name, value: value, expected: expected, tolerance: tolerance, unit: unit, source: layout, note: note)
    }

    /// A check whether a file can be used at all, failed.
    private static func failure(_ file: String, _ reason: String) -> CheckResult {
        dataCheck("\(file): readable", 0, 1, unit: "yes = 1", note: "\(file): \(reason)")
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

    /// The checks of one file, or one failed check that says why there are none.
    private static func fileChecks(
        _ file: String, in folder: String, _ body: () throws(DataProblem) -> [CheckResult]
    ) -> [CheckResult] {
        // A name goes into messages: what could steer a terminal stays out of them.
        let isPlain = file.unicodeScalars.allSatisfy { ![.control, .format].contains($0.properties.generalCategory) }
        let parts = file.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard isPlain, file.utf8.count <= 1024, parts.count == 2, parts[0].elementsEqual(folder.utf8), !parts[1].isEmpty,
            !parts[1].elementsEqual(".".utf8), !parts[1].elementsEqual("..".utf8)
        else { return [failure(DataManifest.fileName, "it lists a file under \(folder) by a name that is not \(folder)/NAME.")] }
        do { return try body() } catch { return [failure(file, error.reason)] }
    }
}
