internal import StrictYAML

/// A checkpoint of PyTorch: a zip file whose members are what they were when they were written. Its pickles are never run.
struct CheckpointStep: SuiteStep {
    private static let source = "PKWARE, APPNOTE.TXT 6.3.10; torch.save"

    private let file: String
    private let members: Int?

    init?(_ value: YAMLNode, _ problems: YAMLProblems) {
        guard let section = YAMLMapping(value, "\"checkpoint\"", known: ["file", "members"], problems: problems),
            let file = section.file(of: "\"checkpoint\"")
        else { return nil }
        self.file = file
        members = section.has("members") ? section.count("members") : nil
    }

    func run(in folder: DataFolder, _ report: inout SuiteReport) {
        forEachFile(file, in: folder, source: Self.source, &report) { file, findings, responses throws(DataProblem) in
            let (found, damaged, first) = try folder.withFile(file) { open throws(DataProblem) in
                let archive = try ZipArchive(open)
                var (damaged, first): (Int, String?) = (0, nil)
                for member in archive.members {
                    guard let problem = try archive.problem(of: member) else { continue }
                    damaged += 1
                    first = first ?? "\(member.name) \(problem)."
                }
                return (archive.members, damaged, first)
            }
            let pickle = found.contains { $0.name == "data.pkl" || $0.name.hasSuffix("/data.pkl") }
            findings.check(
                "holds a checkpoint", pickle ? 1 : 0, 1, unit: "yes = 1", note: "It has no data.pkl, which every checkpoint has.")
            if let members { findings.check("members", Double(found.count), Double(members), unit: "members") }
            findings.check("members that are damaged", Double(damaged), 0, unit: "members", note: first)
            responses.append(Response("size", file: file, unit: "members", isSize: true, [Double(found.count)]))
            var sketch = Sketch()
            for member in found.sorted(by: { $0.name < $1.name }) {
                sketch.add(Double(member.crc))
                sketch.add(Double(member.size))
            }
            responses.append(Response("checksums", file: file, sketch.values))
        }
    }
}
