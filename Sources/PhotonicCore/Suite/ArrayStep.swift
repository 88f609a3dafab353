internal import StrictYAML

/// Numbers in `.npy` and `.npz` files, such as weights: finite, of the declared type and shape, within a range.
struct ArrayStep: SuiteStep {
    private static let source = "the suite; numpy.lib.format"

    private let file: String
    /// Of a `.npz` file; nil: each of them.
    private let member: String?
    private let type: NumberType?
    private let shape: [Int]?
    private let range: ClosedRange<Double>
    private let demands: NumberDemands

    init?(_ value: YAMLNode, _ problems: YAMLProblems) {
        let known = ["file", "member", "type", "shape", "minimum", "maximum", "zeros", "spread"]
        guard let section = YAMLMapping(value, "\"array\"", known: known, problems: problems), let file = section.file(of: "\"array\"")
        else {
            return nil
        }
        self.file = file
        member = section.has("member") ? section.text("member") : nil
        let name = section.has("type") ? section.text("type") : nil
        type = name.flatMap(NumberType.init(rawValue:))
        if let name, type == nil {
            problems.add(
                section.value("type") ?? value, "there is no type \"\(Shown.short(name))\"",
                Suggestion.among(NumberType.allCases.map(\.name), for: name))
        }
        shape = section.has("shape") ? section.counts("shape") : nil
        demands = NumberDemands(
            mayBeZero: section.has("zeros") ? section.flag("zeros") : true, spread: section.number("spread", 0...1e300))
        guard let range = section.range("minimum", "maximum") else { return nil }
        self.range = range
    }

    var files: [String] { [file] }

    func run(in folder: DataFolder, _ report: inout SuiteReport) {
        forEachFile(file, in: folder, source: Self.source, &report) { file, findings, responses throws(DataProblem) in
            try folder.withFile(file) { open throws(DataProblem) in
                guard try open.isArchive else { return try check(try NPYFile(open), named: nil, &findings, &responses) }
                let archive = try ZipArchive(open)
                var sketch = Sketch()
                for found in archive.members {
                    sketch.add(text: found.name)
                    if let why = try archive.problem(of: found) {
                        throw DataProblem("\(found.name) \(why): `numpy.savez` stores members as they are.")
                    }
                    let name = found.name.hasSuffix(".npy") ? String(found.name.dropLast(4)) : found.name
                    guard member == nil || member == name else { continue }
                    switch try archive.place(of: found) {
                    case .problem(let why):
                        throw DataProblem("\(found.name) \(why).")
                    case .bytes(let place): try check(try NPYFile(open, place), named: name, &findings, &responses)
                    }
                }
                if responses.isEmpty { throw DataProblem(member.map { "it has no array \($0)." } ?? "it has no arrays.") }
                responses.append(Response("members", file: file, kind: .digest, [Double(archive.members.count)] + sketch.values))
            }
        }
    }

    /// - Parameter name: of a member of an archive.
    private func check(
        _ array: NPYFile, named name: String?, _ findings: inout Findings, _ responses: inout [Response]
    ) throws(DataProblem) {
        let (header, prefix) = (array.header, name.map { "\($0): " } ?? "")
        var elements = Elements(range: range, parts: header.type.parts)
        try array.read(bits: { elements.tally.add(bits: $0) }, numbers: { elements.add($0) })
        if let type {
            let note = "The elements are \(header.type.name)."
            findings.check("\(prefix)type is \(type.name)", header.type == type ? 1 : 0, 1, unit: CheckResult.isSo, note: note)
        }
        if let shape {
            let note = "The shape is \(header.shape), not \(shape)."
            findings.check("\(prefix)shape is \(shape)", header.shape == shape ? 1 : 0, 1, unit: CheckResult.isSo, note: note)
        } else {
            findings.check("\(prefix)has elements", header.count > 0 ? 1 : 0, 1, unit: CheckResult.isSo, note: "The array is empty.")
        }
        findings.check(
            "\(prefix)elements out of range",
            faults: elements.faults.map { .init(element: "\(header.place(of: $0.number))", value: $0.value, range: range) })
        let tally = elements.tally
        demands.check(tally, named: prefix, &findings)
        responses += [
            Response("\(prefix)size", file: findings.file, unit: "elements", kind: .size, [Double(header.count)]),
            Response("\(prefix)form", file: findings.file, kind: .digest, header.form),
            Response("\(prefix)sums", file: findings.file, kind: .digest, tally.sketch.values),
        ]
        if tally.count > 0 { responses.append(Response("\(prefix)spread", file: findings.file, tolerance: 1e-9, tally.spread)) }
    }

    private struct Elements {
        let range: ClosedRange<Double>
        /// Numbers of an element.
        let parts: Int
        private(set) var faults = Tally<(number: Int, value: Double)>()
        var tally = NumberTally()
        private var count = 0

        init(range: ClosedRange<Double>, parts: Int) { (self.range, self.parts) = (range, parts) }

        mutating func add(_ numbers: UnsafeBufferPointer<Double>) {
            if parts == 1 { take(numbers) } else { takePairs(numbers) }
            count += numbers.count
        }

        private mutating func take(_ numbers: UnsafeBufferPointer<Double>) {
            if tally.add(numbers, within: range) { return }
            find(numbers)
        }

        /// An imaginary part of zero is nothing in the sums: a real number stored as a complex one has the sums of a real one.
        private mutating func takePairs(_ numbers: UnsafeBufferPointer<Double>) {
            let shown = numbers.indices.compactMap { $0 % 2 == 0 || numbers[$0] != 0 ? numbers[$0] : nil }
            if !shown.withUnsafeBufferPointer({ tally.add($0, within: range) }) { find(numbers) }
        }

        private mutating func find(_ numbers: UnsafeBufferPointer<Double>) {
            for (place, number) in numbers.enumerated() where !range.contains(number) && (place % parts == 0 || number != 0) {
                faults.add(((count + place) / parts, number))
            }
        }
    }
}

extension YAMLMapping {
    /// A range of numbers by two keys of which neither must be there; nil, and a problem, where it is none.
    func range(_ low: String, _ high: String) -> ClosedRange<Double>? {
        let everything = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
        let (least, most) = (number(low, everything) ?? everything.lowerBound, number(high, everything) ?? everything.upperBound)
        guard least <= most else {
            problems.add(key(low), "\"\(low)\" is more than \"\(high)\"")
            return nil
        }
        return least...most
    }
}
