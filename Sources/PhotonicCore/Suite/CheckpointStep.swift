internal import StrictYAML

/// A checkpoint of PyTorch: a zip file whose members are what they were when they were written, and whose numbers are some. Its pickles are never
/// run.
struct CheckpointStep: SuiteStep {
    private static let source = "PKWARE, APPNOTE.TXT 6.3.10; torch.save"

    private let file: String
    private let members: Int?
    private let range: ClosedRange<Double>
    private let demands: NumberDemands
    /// Whether its numbers are looked at.
    private let looksInside: Bool

    init?(_ value: YAMLNode, _ problems: YAMLProblems) {
        let known = ["file", "members", "minimum", "maximum", "zeros", "spread", "values"]
        guard let section = YAMLMapping(value, "\"checkpoint\"", known: known, problems: problems),
            let file = section.file(of: "\"checkpoint\""), let range = section.range("minimum", "maximum")
        else { return nil }
        self.file = file
        members = section.has("members") ? section.count("members") : nil
        demands = NumberDemands(mayBeZero: section.flag("zeros"), spread: section.number("spread", 0...1e300))
        looksInside = section.has("values") ? section.flag("values") : true
        self.range = range
    }

    var files: [String] { [file] }

    func run(in folder: DataFolder, _ report: inout SuiteReport) {
        forEachFile(file, in: folder, source: Self.source, &report) { file, findings, responses throws(DataProblem) in
            try folder.withFile(file) { open throws(DataProblem) in
                guard try open.isArchive else { throw try Self.other(open) }
                try check(try ZipArchive(open), in: open, &findings, &responses)
            }
        }
    }

    /// What a file is that is no zip file.
    private static func other(_ file: OpenDataFile) throws(DataProblem) -> DataProblem {
        let head = try file.bytes(at: 0, count: min(file.size, 600))
        // The pickle of a number that PyTorch before 1.6 began its files with; and a tar file of before 0.2.
        let magic: [UInt8] = [0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
        if head.count > 14, head.starts(with: [0x80]), Array(head[2...].prefix(12)) == magic {
            return DataProblem(
                "it is a checkpoint of PyTorch before 1.6, a row of pickles that would have to be run: load it once and save it anew.")
        }
        if head.count >= 262, Array(head[257..<262]) == Array("ustar".utf8) {
            return DataProblem("it is a tar file, as PyTorch wrote before 0.2: load it once and save it anew.")
        }
        return DataProblem("it is no zip file.", offset: 0)
    }

    private func check(
        _ archive: ZipArchive, in file: OpenDataFile, _ findings: inout Findings, _ responses: inout [Response]
    ) throws(DataProblem) {
        let pickled = archive.members.first { $0.name == "data.pkl" || $0.name.hasSuffix("/data.pkl") }
        findings.check(
            "holds a checkpoint", pickled == nil ? 0 : 1, 1, unit: CheckResult.isSo,
            note: "It has no data.pkl, which every checkpoint has.")
        if let members { findings.check("members", Double(archive.members.count), Double(members), unit: "members") }
        var numbers: Numbers?
        if looksInside, let pickled { numbers = try Numbers(archive, in: file, describedBy: pickled, range) }
        var (damaged, first): (Int, String?) = (0, nil)
        for member in archive.members {
            let problem: String?
            if let storage = numbers?.storage(of: member) {
                problem = try numbers?.read(member, of: archive, storage)
            } else {
                problem = try archive.problem(of: member)
            }
            guard let problem else { continue }
            damaged += 1
            first = first ?? "\(member.name) \(problem)."
        }
        findings.check("members that are damaged", Double(damaged), 0, unit: "members", note: first)
        responses.append(
            Response("size", file: findings.file, unit: "members", kind: .size, [Double(archive.members.count)]))
        responses += Self.sums(archive, file: findings.file)
        guard let numbers else { return }
        check(numbers, &findings)
        if numbers.tally.count > 0 {
            responses.append(Response("spread", file: findings.file, tolerance: 1e-9, numbers.tally.spread))
        }
    }

    private func check(_ numbers: Numbers, _ findings: inout Findings) {
        findings.check(
            "storages that cannot be looked at", Double(numbers.unknown.count), 0, unit: "storages",
            note: numbers.unknown.list.map { "\($0): \"values: false\" leaves its numbers unseen." })
        findings.check("numbers out of range", faults: numbers.faults)
        // One without floating numbers has none that could be judged.
        if numbers.tally.count > 0 { demands.check(numbers.tally, &findings) }
    }

    private static func sums(_ archive: ZipArchive, file: String) -> [Response] {
        var (sketch, names) = (Sketch(), Sketch())
        for member in archive.members.sorted(by: { $0.name < $1.name }) {
            sketch.add(Double(member.crc))
            sketch.add(Double(member.size))
            names.add(text: member.name)
        }
        return [
            Response("checksums", file: file, kind: .digest, sketch.values), Response("names", file: file, kind: .digest, names.values),
        ]
    }
}

/// The numbers of a checkpoint's storages, whatever is said of them in its pickle.
private struct Numbers {
    private(set) var tally = NumberTally()
    private(set) var faults = Tally<Findings.Fault>()
    /// Storages of types that are not read, and such that are not there or of another size.
    private(set) var unknown = Tally<String>()

    private static let pickleBytesMax = 64 << 20

    private let range: ClosedRange<Double>
    private let folder: Substring
    private let pickle: PickleReader

    init(
        _ archive: ZipArchive, in file: OpenDataFile, describedBy member: ZipArchive.Member, _ range: ClosedRange<Double>
    ) throws(DataProblem) {
        self.range = range
        folder = member.name.dropLast("data.pkl".count)
        guard case .bytes(let place) = try archive.place(of: member), place.count <= Self.pickleBytesMax else {
            throw DataProblem("its data.pkl cannot be read.")
        }
        pickle = try PickleReader(try file.bytes(at: place.lowerBound, count: place.count))
        let names = Set(archive.members.map(\.name))
        for (key, found) in pickle.storages.sorted(by: { $0.key < $1.key }) where !names.contains("\(folder)data/\(key)") {
            unknown.add("\(found.name.isEmpty ? key : found.name) is not there")
        }
    }

    /// What the numbers of a member are; nil for one that holds none to be looked at.
    mutating func storage(of member: ZipArchive.Member) -> (name: String, type: NumberType)? {
        let start = "\(folder)data/"
        guard member.name.hasPrefix(start), let found = pickle.storages[String(member.name.dropFirst(start.count))] else { return nil }
        let (storage, name) = (found.storage, found.name.isEmpty ? member.name : found.name)
        guard let type = NumberType(torch: storage.type) else {
            unknown.add("\(name) is of the type \(Shown.short(storage.type))")
            return nil
        }
        let bytes = storage.isCountedInBytes ? (storage.count, false) : type.size.multipliedReportingOverflow(by: storage.count)
        guard bytes == (member.size, false) else {
            unknown.add("\(name) has \(member.size) bytes, and should have \(storage.count) numbers of \(type.size)")
            return nil
        }
        // Counters and masks may be nothing but zeros.
        return type.isFloating ? (name, type) : nil
    }

    /// Reads a member; returns what is wrong with it, as `ZipArchive.problem`.
    mutating func read(
        _ member: ZipArchive.Member, of archive: ZipArchive, _ storage: (name: String, type: NumberType)
    ) throws(DataProblem) -> String? {
        var decoder = NumberDecoder(storage.type)
        var (tally, faults, count) = (tally, faults, 0)
        let problem = try archive.problem(of: member) { piece in
            decoder.decode(piece) { numbers in
                if !tally.add(numbers, within: range) {
                    for (place, number) in numbers.enumerated() where !range.contains(number) {
                        let element = "\(storage.name)[\((count + place) / storage.type.parts)]"
                        faults.add(.init(element: element, value: number, range: range))
                    }
                }
                count += numbers.count
            }
        }
        (self.tally, self.faults) = (tally, faults)
        return problem
    }
}
