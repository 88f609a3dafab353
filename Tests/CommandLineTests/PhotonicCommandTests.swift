import Foundation
import TestSupport
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// `photonic-core` as continuous integration runs it.
@Suite struct PhotonicCommandTests {
    private static let program =
        ProcessInfo.processInfo.environment["PHOTONIC_CORE"]
        ?? URL(fileURLWithPath: Program.path).deletingLastPathComponent().appendingPathComponent("photonic-core").path
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let suite = root.appendingPathComponent("policies/photon-neuro.suite.yaml").path

    private let program: Program

    init() throws {
        program = Program(scratch: try Scratch())
        try program.shell(
            "cp -r \(Self.root.path)/fixtures/photon-neuro/sdk data; cp -r data bad; printf '\\1' | dd of=bad/model.pt bs=1 seek=300 conv=notrunc"
        )
    }

    private func selftest(_ arguments: String, expecting status: Int32) throws -> String {
        try program.shell("\(Self.program) selftest \(arguments) --suite \(Self.suite)", expecting: status).output
    }

    @Test func theTableCountsAndNamesWhatFailed() throws {
        #expect(try program.shell("\(Self.program) selftest").output.hasSuffix("122 checks, all passed\n"))
        #expect(try selftest("data", expecting: 0).hasSuffix(" checks, all passed\n"))
        let bad = try selftest("bad", expecting: 1)
        #expect(bad.contains("FAILED") && bad.contains("data/0 has the CRC-32") && bad.hasSuffix(" checks, 1 failed\n"))
        #expect(try program.shell("\(Self.program) selftest data --suite no.yaml", expecting: 2).error.contains("no.yaml"))
        #expect(try program.shell("\(Self.program) selftest --suite no.yaml", expecting: 2).error.contains("name it"))
    }

    @Test func jsonHasEveryFinding() throws {
        let text = try selftest("bad --json", expecting: 1)
        let document = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let checks = try #require(document["checks"] as? [[String: Any]])
        #expect(document["failed"] as? Int == 1 && document["passed"] as? Int == checks.count - 1)
        let failed = try #require(checks.first { $0["passed"] as? Bool == false })
        #expect(failed["file"] as? String == "model.pt" && failed["value"] as? Double == 1 && failed["expected"] as? Double == 0)
        #expect(failed["unit"] as? String == "members" && failed["tolerance"] as? Double == 0)
    }

    @Test func junitIsXML() throws {
        let parser = XMLParser(data: Data(try selftest("bad --junit", expecting: 1).utf8))
        let counter = Counter()
        parser.delegate = counter
        #expect(parser.parse())
        #expect(counter.elements["testsuite"] == 1 && counter.elements["failure"] == 1)
        #expect(counter.elements["testcase"] == counter.tests)
    }

    private final class Counter: NSObject, XMLParserDelegate {
        var elements: [String: Int] = [:]
        var tests = 0

        func parser(
            _: XMLParser, didStartElement name: String, namespaceURI _: String?, qualifiedName _: String?,
            attributes: [String: String] = [:]
        ) {
            elements[name, default: 0] += 1
            if name == "testsuite" { tests = attributes["tests"].flatMap { Int($0) } ?? -1 }
        }
    }

    @Test func tapCountsItsLines() throws {
        let lines = try selftest("bad --tap", expecting: 1).split(separator: "\n")
        let results = lines.filter { $0.hasPrefix("ok ") || $0.hasPrefix("not ok ") }
        #expect(lines.first == "TAP version 14" && lines.dropFirst().first == "1..\(results.count)")
        #expect(
            results.count { $0.hasPrefix("not ok ") } == 1
                && lines.contains { $0.hasPrefix("  message: \"data/0") || $0.contains("CRC-32") })
    }

    @Test func aWitnessIsRecordedAndCompared() throws {
        try program.shell("\(Self.program) witness data --suite \(Self.suite) > w.json")
        #expect(try program.shell("\(Self.program) witness data --suite \(Self.suite) --compare w.json").output.hasSuffix("all passed\n"))
        try program.shell("printf '\\1' | dd of=bad/weights/encoder.npy bs=1 seek=500 conv=notrunc")
        let bad = try program.shell("\(Self.program) witness bad --suite \(Self.suite) --compare w.json --tap", expecting: 1)
        #expect(bad.output.contains(/not ok \d+ - witness: weights\/encoder.npy: sums\n/), "\(bad.output)")
    }

    /// Random rings and meshes, connected part by part by another program's solver of circuits: see independent.py.
    @Test func whatItComputesAnotherProgramComputesAlike() throws {
        let tests = Self.root.path + "/Tests"
        let python = try program.shell("bash '\(tests)/Support/python.sh'").output.trimmingCharacters(in: .whitespacesAndNewlines)
        let compared = try program.shell(
            "mkdir circuits && '\(python)' '\(tests)/PhotonicCoreTests/independent.py' circuits circuits \(Self.program)")
        #expect(Int(compared.output.trimmingCharacters(in: .whitespacesAndNewlines)).map { $0 > 800 } == true, "\(compared)")
    }

    @Test func itGivesNumbersOfWhatThereIs() throws {
        let phases = try program.shell("\(Self.program) compute data/phases/encoder.npy --unitary --modes 8 --json").output
        let document = try #require(try JSONSerialization.jsonObject(with: Data(phases.utf8)) as? [String: Any])
        let unitary = try #require((document["computed"] as? [[String: Any]])?.first)
        #expect((unitary["real"] as? [[Double]])?.count == 8 && (unitary["imaginary"] as? [[Double]])?.first?.count == 8)
        let response = try program.shell("\(Self.program) compute data/circuit.json --response 'outputs of encoder'").output
        #expect(response.hasPrefix("outputs of encoder\n") && response.split(separator: "\n").count == 33)
        for (arguments, message) in [
            ("compute data/circuit.json --response nothing", "there is no response \"nothing\", but size, "),
            ("compute data/phases/encoder.npy --unitary", "phases do not say how many modes they are of"),
            ("compute data/none.json --unitary", "data/none.json: it cannot be opened"), ("compute data/circuit.json", "ask for one of"),
            ("compute data/circuit.json --wavelength 1550", "--wavelength takes metres, as 1.55e-6, and not 1550"),
        ] {
            let outcome = try program.shell("\(Self.program) \(arguments)", expecting: 2)
            #expect(outcome.error.contains(message), "\(arguments): \(outcome.error)")
        }
    }
}
