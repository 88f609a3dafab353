internal import StrictYAML

/// The data set that `photonic.json` describes: see `DataManifest`.
struct DataSetStep: SuiteStep {
    init() {}

    init?(_ value: YAMLNode, _ problems: YAMLProblems) {
        if value.text == DataManifest.fileName { return }
        problems.add(value, "\"dataSet\" is \(DataManifest.fileName), not \(value.kind)")
        return nil
    }

    func run(in folder: DataFolder, _ report: inout SuiteReport) {
        let found = SelfTest.dataChecks(folder)
        report.checks += found.checks
        report.responses += found.responses
    }
}
