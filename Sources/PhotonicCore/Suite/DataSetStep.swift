internal import StrictYAML

/// The data set that `photonic.json` describes: see `DataManifest`.
struct DataSetStep: SuiteStep {
    init() {}

    init?(_ value: YAMLNode, _ problems: YAMLProblems) {
        if value.text == DataManifest.fileName { return }
        problems.add(value, "\"dataSet\" is \(DataManifest.fileName), not \(value.kind)")
        return nil
    }

    var files: [String] { [DataManifest.fileName] }

    /// All of them stand in a folder of the layout.
    func looks(at file: String) -> Bool { file == DataManifest.fileName || DataManifest.folders.contains { file.hasPrefix("\($0)/") } }

    func run(in folder: DataFolder, _ report: inout SuiteReport) { SelfTest.checkData(in: folder, &report) }
}
