internal import StrictYAML

/// Numbers in `.npy` files, such as weights: finite, of the declared type and shape, within a range.
struct ArrayStep: SuiteStep {
    private static let source = "the suite; numpy.lib.format"
    private static let faultsMax = 10

    private let file: String
    private let type: NPYHeader.ElementType?
    private let shape: [Int]?
    private let range: ClosedRange<Double>

    init?(_ value: YAMLNode, _ problems: YAMLProblems) {
        let known = ["file", "type", "shape", "minimum", "maximum"]
        guard let section = YAMLMapping(value, "\"array\"", known: known, problems: problems), let file = section.file(of: "\"array\"")
        else {
            return nil
        }
        self.file = file
        let name = section.has("type") ? section.text("type") : nil
        type = name.flatMap { name in NPYHeader.ElementType.allCases.first { $0.name == name } }
        if let name, type == nil {
            problems.add(
                section.value("type") ?? value, "there is no type \"\(Shown.short(name))\"",
                Suggestion.among(NPYHeader.ElementType.allCases.map(\.name), for: name))
        }
        shape = section.has("shape") ? section.counts("shape") : nil
        let everything = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
        let (low, high) = (section.number("minimum", everything), section.number("maximum", everything))
        guard (low ?? everything.lowerBound) <= (high ?? everything.upperBound) else {
            problems.add(section.key("minimum"), "\"minimum\" is more than \"maximum\"")
            return nil
        }
        range = (low ?? everything.lowerBound)...(high ?? everything.upperBound)
    }

    func run(in folder: DataFolder, _ report: inout SuiteReport) {
        forEachFile(file, in: folder, source: Self.source, &report) { file, findings, responses throws(DataProblem) in
            var tally = Tally(range: range, faultsMax: Self.faultsMax)
            let header = try folder.readNPY(file) { tally.add($0) }
            if let type {
                let isType = header.type == type
                findings.check("type is \(type.name)", isType ? 1 : 0, 1, unit: "yes = 1", note: "The elements are \(header.type.name).")
            }
            if let shape {
                let note = "The shape is \(header.shape), not \(shape)."
                findings.check("shape is \(shape)", header.shape == shape ? 1 : 0, 1, unit: "yes = 1", note: note)
            }
            if shape == nil { findings.check("has elements", header.count > 0 ? 1 : 0, 1, unit: "yes = 1", note: "The array is empty.") }
            findings.check(
                "elements out of range",
                faults: tally.faults.map { .init(element: "\(header.place(of: $0.number))", value: $0.value, range: range) },
                count: tally.faultCount)
            responses.append(Response("size", file: file, unit: "elements", isSize: true, [Double(header.count)]))
            responses.append(Response("sums", file: file, tally.sketch.sums))
        }
    }

    private struct Tally {
        let range: ClosedRange<Double>
        let faultsMax: Int
        private(set) var count = 0
        private(set) var faultCount = 0
        private(set) var faults: [(number: Int, value: Double)] = []
        private(set) var sketch = Sketch()

        init(range: ClosedRange<Double>, faultsMax: Int) {
            self.range = range
            self.faultsMax = faultsMax
        }

        mutating func add(_ element: Complex) {
            for part in element.imaginary == 0 ? [element.real] : [element.real, element.imaginary] where !range.contains(part) {
                if faults.count < faultsMax { faults.append((count, part)) }
                faultCount += 1
            }
            sketch.add(element.real)
            sketch.add(element.imaginary)
            count += 1
        }
    }
}
