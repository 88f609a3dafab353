internal import StrictYAML

/// Numbers in `.npy` files, such as weights: finite, of the declared type and shape, within a range.
struct ArrayStep: SuiteStep {
    private static let source = "the suite; numpy.lib.format"

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
            var elements = Elements(range: range)
            let header = try folder.readNPY(file, bits: { elements.sketch.add(bits: $0) }, each: { elements.add($0) })
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
                faults: elements.faults.map { .init(element: "\(header.place(of: $0.number))", value: $0.value, range: range) })
            responses.append(Response("size", file: file, unit: "elements", isSize: true, [Double(header.count)]))
            responses.append(Response("sums", file: file, elements.sketch.values))
        }
    }

    private struct Elements {
        let range: ClosedRange<Double>
        private(set) var faults = Tally<(number: Int, value: Double)>()
        var sketch = Sketch()
        private var count = 0

        init(range: ClosedRange<Double>) { self.range = range }

        mutating func add(_ element: Complex) {
            if !range.contains(element.real) { faults.add((count, element.real)) }
            if element.imaginary != 0, !range.contains(element.imaginary) { faults.add((count, element.imaginary)) }
            sketch.add(toSums: element.real)
            if element.imaginary != 0 { sketch.add(toSums: element.imaginary) }
            count += 1
        }
    }
}
