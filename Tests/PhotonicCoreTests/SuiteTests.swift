import Foundation
import PhotonicCore
import TestSupport
import Testing

/// One way to damage the data, and the check that must fail for it, with what its sentence says.
struct SuiteDamage: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let failing: String
    let saying: String
    let inflict: @Sendable (DataCopy) throws -> Void

    init(_ description: String, _ failing: String, _ saying: String = "", _ inflict: @escaping @Sendable (DataCopy) throws -> Void) {
        testDescription = description
        self.failing = failing
        self.saying = saying
        self.inflict = inflict
    }
}

@Suite struct SuiteTests {
    static let suite = Result { try PhotonicCore.Suite.read(exampleSuite.path) }
    private let suite: PhotonicCore.Suite

    init() throws { suite = try Self.suite.get() }

    @Test("what the SDK left behind passes every check, and responds") func intact() throws {
        let report = try DataCopy.sdk().report(suite)
        #expect(report.checks.filter { !$0.passed } == [])
        #expect(report.checks.count > 35 && report.responses.count >= 14)
        #expect(report.responses.allSatisfy { !$0.values.isEmpty && $0.values.allSatisfy(\.isFinite) })
        #expect(report.checks.allSatisfy { $0.file != nil && !$0.source.isEmpty })
    }

    static let damages = [
        SuiteDamage("a mesh is rotated by a thousandth of a radian", "phases/encoder.npy: deviation from", "do not make the matrix") {
            copy in
            try copy.editFloat("phases/encoder.npy", at: 128) { $0 + 1e-3 }
        },
        SuiteDamage("a phase is no number", "phases/encoder.npy: phases that are no numbers, [3]", "[3] is nan") { copy in
            try copy.editFloat("phases/encoder.npy", at: 128 + 12) { _ in .nan }
        },
        SuiteDamage("an array is cut", "weights/encoder.npy: readable", "byte 639: it breaks off after 127 of 128") { copy in
            try copy.edit("weights/encoder.npy") { $0 = $0.dropLast(1) }
        },
        SuiteDamage("an array has bytes to spare", "weights/readout.npy: readable", "1 bytes follow") { copy in
            try copy.edit("weights/readout.npy") { $0.append(0) }
        },
        SuiteDamage("an array's header is cut", "weights/readout.npy: readable", "the header breaks off") { copy in
            try copy.edit("weights/readout.npy") { $0 = $0.prefix(60) }
        },
        SuiteDamage("an array is of another shape", "weights/encoder.npy: shape is [16, 8]", "The shape is [8, 16]") { copy in
            try copy.replace("weights/encoder.npy", "(16, 8, )", "(8, 16, )")
        },
        SuiteDamage("an array is of another type", "weights/encoder.npy: type is float32", "int32") { copy in
            try copy.replace("weights/encoder.npy", "<f4", "<i4")
        },
        SuiteDamage("an array is big-endian", "weights/encoder.npy: readable", "big-endian") { copy in
            try copy.replace("weights/encoder.npy", "<f4", ">f4")
        },
        SuiteDamage("an array holds Python objects", "weights/encoder.npy: readable", "would have to be run") { copy in
            try copy.replace("weights/encoder.npy", "'<f4'", "'|O' ")
        },
        SuiteDamage("an array holds long doubles", "weights/encoder.npy: readable", "differ from machine to machine") { copy in
            try copy.replace("weights/encoder.npy", "'<f4', ", "'<f16',")
        },
        SuiteDamage("an array holds structures", "weights/encoder.npy: readable", "structures") { copy in
            try copy.replace("weights/encoder.npy", "'descr': '<f4'", "'descr':['<f4']")
        },
        SuiteDamage("a history is longer than the SDK keeps", "calibration.json: histories of an impossible length", "is 1001.0 points") {
            copy in
            try copy.edit("calibration.json") { data in
                var document = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
                var components = try #require(document["components"] as? [String: [String: Any]])
                let name = try #require(components.keys.sorted().first)
                var history = try #require(components[name]?["parameters"] as? [String: [Any]])
                let key = try #require(history.keys.sorted().first)
                history[key] = Array(repeating: try #require(history[key]?.last), count: 1001)
                components[name]?["parameters"] = history
                document["components"] = components
                data = try JSONSerialization.data(withJSONObject: document, options: .prettyPrinted)
            }
        },
        SuiteDamage("phases are in Fortran order", "phases/encoder.npy: readable", "byte 8: it is in Fortran order") { copy in
            try copy.edit("phases/encoder.npy") { data in
                let text = "{'descr': '<f4', 'fortran_order': True, 'shape': (8, 8), }"
                let size = (data.count - 128) / 64
                let header = text.replacing("<f4", with: "<f\(size)")
                data.replaceSubrange(10..<127, with: Data((header + String(repeating: " ", count: 117 - header.utf8.count)).utf8))
            }
        },
        SuiteDamage("a threshold is zero", "circuit.json: parameters out of range, neuron.threshold", "outside") { copy in
            try copy.replace("circuit.json", "\"threshold\": ", "\"threshold\": 0, \"was\": ")
        },
        SuiteDamage("a leak is slightly negative", "circuit.json: parameters out of range, neuron.leak_rate", "-0.1") { copy in
            try copy.replace("circuit.json", "\"leak_rate\": ", "\"leak_rate\": -")
        },
        SuiteDamage("the newest measurement is far from its target", "calibration.json: parameters away from their targets", "resonance") {
            copy in
            try copy.edit("calibration.json") { data in
                let text = String(decoding: data, as: UTF8.self)
                // Of the last ring's last point: 0.1 nm away, and its error is the right one.
                let start = try #require(text.range(of: "\"resonance_wavelength\"", options: .backwards))
                let target = try #require(
                    text.range(of: "\"target_value\": ", range: start.lowerBound..<text.endIndex))
                let measured = try #require(text.range(of: "\"measured_value\": ", range: target.upperBound..<text.endIndex))
                let number = text[measured.upperBound...].prefix { !",\n}".contains($0) }
                let value = try #require(Double(number))
                data = Data((text[..<target.upperBound] + "\(value + 1e-10), \"old\": " + text[target.upperBound...]).utf8)
            }
        },
        SuiteDamage("a time is none", "calibration.json: readable", "is no time") { copy in
            try copy.replace("calibration.json", "\"timestamp\": \"2", "\"timestamp\": \"9999-99-99T99:99:99\", \"x\": \"2")
        },
        SuiteDamage("a name has no end", "circuit.json: readable", "longer than 1024 bytes") { copy in
            try copy.replace("circuit.json", "\"laser\":", "\"\(String(repeating: "l", count: 100_000))\":")
        },
        SuiteDamage("a header holds a program", "weights/encoder.npy: readable", "not the description of an array") { copy in
            try copy.replace("weights/encoder.npy", "False", "f() #")
        },
        SuiteDamage("a weight is out of range", "weights/readout.npy: elements out of range, [1, 4]", "outside -1.0 to 1.0") { copy in
            try copy.editFloat("weights/readout.npy", at: 128 + 4 * 20) { _ in 1.5 }
        },
        SuiteDamage("a weight is infinite", "weights/readout.npy: elements out of range", "inf") { copy in
            try copy.editFloat("weights/readout.npy", at: 128) { _ in .infinity }
        },
        SuiteDamage("a file is missing", "phases/encoder.npy: readable", "No such file or directory") { copy in
            try FileManager.default.removeItem(at: copy.url("phases/encoder.npy"))
        },
        SuiteDamage("a folder is empty", "weights/*.npy: readable", "no file has such a name") { copy in
            try FileManager.default.removeItem(at: copy.url("weights"))
            try FileManager.default.createDirectory(at: copy.url("weights"), withIntermediateDirectories: true)
        },
        SuiteDamage("a file is a link to elsewhere", "model.pt: readable", "cannot be opened") { copy in
            try FileManager.default.removeItem(at: copy.url("model.pt"))
            try FileManager.default.createSymbolicLink(atPath: copy.url("model.pt").path, withDestinationPath: "/etc/passwd")
        },
        SuiteDamage("the calibration database is empty", "calibration.json: components missing", "begins a new one") { copy in
            let empty = #"{"version": "1.0", "created": "2026-02-03T04:05:06", "components": {}, "calibration_history": []}"#
            try copy.edit("calibration.json") { $0 = Data(empty.utf8) }
        },
        SuiteDamage("the calibration database has no bytes", "calibration.json: readable", "would go on with a new database") { copy in
            try copy.edit("calibration.json") { $0 = Data() }
        },
        SuiteDamage("the calibration database is cut", "calibration.json: readable", "it breaks off") { copy in
            try copy.edit("calibration.json") { $0 = $0.prefix(20_000) }
        },
        SuiteDamage("two calibrations are swapped", "circuit.json: rings away from their resonance, ring-0", "outside") { copy in
            try copy.edit("calibration.json") { data in
                let text = String(decoding: data, as: UTF8.self).replacing("\"ring-03\"", with: "\"ring-X\"")
                    .replacing("\"ring-04\"", with: "\"ring-03\"").replacing("\"ring-X\"", with: "\"ring-04\"")
                data = Data(text.utf8)
            }
        },
        SuiteDamage("a component has no calibration", "circuit.json: components without a calibration", "ring-05") { copy in
            try copy.replace("calibration.json", "\"ring-05\"", "\"ring-50\"")
        },
        SuiteDamage("a measurement is no number", "calibration.json: values that are no numbers", "nan") { copy in
            try copy.replace("calibration.json", "\"measured_value\": 1.5", "\"measured_value\": NaN, \"x\": 1.5")
        },
        SuiteDamage("a target is no number", "calibration.json: values that are no numbers", "nan") { copy in
            try copy.edit("calibration.json") { data in
                let place = try #require(data.range(of: Data("\"target_value\": ".utf8), options: .backwards)).upperBound
                let end = try #require(data[place...].firstIndex(of: UInt8(ascii: ",")))
                data.replaceSubrange(place..<end, with: Data("NaN".utf8))
            }
        },
        SuiteDamage("numbers of impossible size are compared", "calibration.json: errors that are not") { copy in
            try copy.replace("calibration.json", "\"measured_value\": 1.5", "\"measured_value\": -1.7e308, \"x\": 1.5")
            try copy.replace("calibration.json", "\"target_value\": 1.5", "\"target_value\": 1.7e308, \"y\": 1.5")
        },
        SuiteDamage("an error is not that of its measurement", "calibration.json: errors that are not", "") { copy in
            try copy.replace("calibration.json", "\"target_value\": 0.5", "\"target_value\": 0.75")
        },
        SuiteDamage("a ring's quality is negative", "circuit.json: parameters out of range, ring-02.quality_factor", "-8500") { copy in
            try copy.replace("circuit.json", "\"quality_factor\": 8500", "\"quality_factor\": -8500")
        },
        SuiteDamage("a parameter is missing", "circuit.json: parameters missing", "laser.linewidth is missing") { copy in
            try copy.replace("circuit.json", "\"linewidth\"", "\"lineWidth\"")
        },
        SuiteDamage("a material is unknown", "circuit.json: parameters missing", "bus.material") { copy in
            try copy.replace("circuit.json", "\"silicon\"", "\"unobtainium\"")
        },
        SuiteDamage("a type is unknown", "circuit.json: components of unknown type", "heater is of the type warp_drive") { copy in
            try copy.replace("circuit.json", "\"phase_shifter\"", "\"warp_drive\"")
        },
        SuiteDamage("a connection leads nowhere", "circuit.json: connections to components", "no component \"mirror\"") { copy in
            try copy.replace("circuit.json", "\"component2\": \"heater\"", "\"component2\": \"mirror\"")
        },
        SuiteDamage("a mesh lost a phase", "circuit.json: readable", "63 phases where the size asks for 64") { copy in
            try copy.edit("circuit.json") { data in
                let start = try #require(data.range(of: Data("\"phases\": [".utf8))).upperBound
                let comma = try #require(data[start...].firstIndex(of: UInt8(ascii: ",")))
                data.removeSubrange(start...comma)
            }
        },
        SuiteDamage("a key stands twice", "circuit.json: readable", "the key \"bus\" stands twice") { copy in
            try copy.replace("circuit.json", "\"laser\":", "\"bus\":")
        },
        SuiteDamage("a weight of neurons is out of range", "circuit.json: readout: numbers out of range, readout.weights[0][0][0]") {
            copy in
            try copy.edit("circuit.json") { data in
                let weights = try #require(data.range(of: Data("\"weights\"".utf8))).upperBound
                let digit = try #require(data[weights...].firstIndex { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
                data.insert(contentsOf: Data("4".utf8), at: digit)
            }
        },
        SuiteDamage("a passive circuit gains power", "scattering.npy: matrices that gain power, [0]", "") { copy in
            for place in stride(from: 128, to: 640, by: 4) { try copy.editFloat("scattering.npy", at: place) { $0 * 1.2 } }
        },
        SuiteDamage("a circuit is not reciprocal", "scattering.npy: matrices that are not reciprocal", "") { copy in
            try copy.editFloat("scattering.npy", at: 128 + 8) { $0 + 0.01 }
        },
        SuiteDamage("a spike is lost", "spikes/out.csv: channels with other counts", "events, outside") { copy in
            try copy.edit("spikes/out.csv") { data in
                let end = try #require(data.dropLast(1).lastIndex(of: UInt8(ascii: "\n")))
                data = data[...end]
            }
        },
        SuiteDamage("a member of a checkpoint is damaged", "model.pt: members that are damaged", "data/0 has the CRC-32") { copy in
            try copy.edit("model.pt") { $0[300] ^= 1 }
        },
        SuiteDamage("a checkpoint is cut", "model.pt: readable", "it has no end") { copy in
            try copy.edit("model.pt") { $0 = $0.dropLast(30) }
        },
        SuiteDamage("a checkpoint is something else", "model.pt: readable", "no zip file") { copy in
            try copy.edit("model.pt") { $0 = Data(repeating: 65, count: 500) }
        },
    ]

    @Test("damage fails the check that is meant for it, with a sentence", arguments: damages)
    func damage(_ damage: SuiteDamage) throws {
        let copy = try DataCopy.sdk()
        try damage.inflict(copy)
        let failed = copy.report(suite).checks.filter { !$0.passed }
        let meant = failed.filter { $0.name.hasPrefix(damage.failing) }
        #expect(!meant.isEmpty, "failed: \(failed.map(\.name))")
        #expect(damage.saying.isEmpty || meant.contains { $0.note?.contains(damage.saying) == true }, "\(meant.map(\.note))")
    }

    @Test("no finding holds what JSON cannot", arguments: damages) func encodable(_ damage: SuiteDamage) throws {
        let copy = try DataCopy.sdk()
        try damage.inflict(copy)
        let report = copy.report(suite)
        #expect(throws: Never.self) { try JSONEncoder().encode(report.checks) }
        #expect(throws: Never.self) { try Witness(encoded: Witness(suite: suite, report).encoded()) }
    }

    /// What the fixture has not: a single detector, a triangular mesh, meshes and layers that are not square.
    @Test("every type of component of the SDK is known, and every network responds") func everyComponent() throws {
        let copy = try DataCopy.sdk()
        func mesh(_ inputs: Int, _ outputs: Int, _ topology: String) -> [String: Any] {
            let count = topology == "rectangular" ? inputs * outputs : inputs * (inputs + 1) / 2
            return ["type": "mzi_mesh", "size": [inputs, outputs], "topology": topology, "phases": (0..<count).map { Double($0) / 7 }]
        }
        let components: [String: Any] = [
            "detector": ["type": "photodetector", "responsivity": 0.9, "dark_current": 1e-9, "bandwidth": 1e10],
            "triangle": mesh(5, 5, "triangular"), "narrow": mesh(8, 6, "rectangular"), "wide": mesh(4, 6, "rectangular"),
            "classifier": [
                "type": "photonic_mlp", "layer_sizes": [8, 4, 3], "activation": "linear",
                "layers": [mesh(8, 4, "rectangular"), mesh(4, 3, "rectangular")],
            ],
        ]
        let document: [String: Any] = ["components": components, "connections": [Any]()]
        try JSONSerialization.data(withJSONObject: document, options: .prettyPrinted).write(to: copy.url("more.json"))
        let suite = try PhotonicCore.Suite.parse("version: 1\nname: n\nchecks:\n- netlist: {file: more.json}\n", file: "s.yaml")
        let report = suite.run(directory: copy.folder.path)
        #expect(report.checks.filter { !$0.passed } == [])
        for network in ["triangle", "narrow", "wide", "classifier"] {
            let response = try #require(
                report.responses.first { $0.name.contains("\(network)") }, "\(network): \(report.responses.map(\.name))")
            #expect(response.values.contains { $0 != 0 } && response.values.allSatisfy(\.isFinite))
        }
        // A detector that gives less current the more light there is.
        try copy.replace("more.json", "\"responsivity\" : 0.9", "\"responsivity\" : -0.9")
        let wrong = suite.run(directory: copy.folder.path).checks.filter { !$0.passed }
        #expect(wrong.contains { $0.element == "detector.responsivity" }, "\(wrong.map(\.name))")
    }

    @Test("a directory that is not there is a failed check") func nowhere() {
        let report = suite.run(directory: "/no/such/place")
        #expect(report.checks.count == 1 && report.checks.first?.passed == false)
        #expect(report.checks.first?.note?.contains("No such file or directory") == true)
    }

    static let mistakes: [(String, String)] = [
        ("version: 1\nname: n\n", "s.yaml:1: the suite has no \"checks\""),
        ("version: 2\nname: n\nchecks: [{checkpoint: {file: a}}]\n", "s.yaml:1: \"version\" is 1"),
        ("version: 1\nname: n\nchecks: []\n", "\"checks\" is a list of checks"),
        ("version: 1\nname: n\nchecks:\n- {mash: {file: a}}\n", "s.yaml:4: unknown key \"mash\" — did you mean \"mesh\"?"),
        ("version: 1\nname: n\nchecks:\n- {mesh: {file: a}}\n", "s.yaml:4: \"mesh\" has no \"modes\""),
        ("version: 1\nname: n\nchecks:\n- {mesh: {file: ../a, modes: 4}}\n", "no path beneath the data"),
        ("version: 1\nname: n\nchecks:\n- {mesh: {file: /a, modes: 4}}\n", "no path beneath the data"),
        ("version: 1\nname: n\nchecks:\n- {mesh: {file: a, modes: 4, topology: round}}\n", "rectangular or triangular"),
        ("version: 1\nname: n\nchecks:\n- {mesh: {file: a, modes: 4, fidelity: 0.9}}\n", "go with a \"matrix\""),
        ("version: 1\nname: n\nchecks:\n- {array: {file: a, type: float33}}\n", "did you mean \"float32\"?"),
        ("version: 1\nname: n\nchecks:\n- {array: {file: a, shape: [1, -2]}}\n", "an element of \"shape\" is a number from"),
        ("version: 1\nname: n\nchecks:\n- {array: {file: a, minimum: 2, maximum: 1}}\n", "\"minimum\" is more than \"maximum\""),
        ("version: 1\nname: n\nchecks:\n- {array: {file: a}, mesh: {file: a, modes: 4}}\n", "has one kind, not array and mesh"),
        ("version: 1\nname: n\nchecks:\n- {mesh: {file: a, modes: 8.7}}\n", "\"modes\" is a whole number, not 8.7"),
        ("version: 1\nname: n\nchecks:\n- {calibration: {file: a, errors: 1e-3}}\n", "a mapping of names to numbers"),
        ("version: 1\nname: n\nchecks:\n- {dataSet: x}\n", "\"dataSet\" is photonic.json"),
    ]

    @Test("a bad suite is told with file and line", arguments: mistakes) func mistake(_ text: String, _ message: String) throws {
        let error = #expect(throws: (any Error).self) { try PhotonicCore.Suite.parse(text, file: "s.yaml") }
        #expect(error.map { "\($0)" }?.contains(message) == true, "\(error.map { "\($0)" } ?? "")")
    }

    @Test(
        "policies/REFERENCE.md names every key of a check",
        arguments: ["array", "calibration", "checkpoint", "mesh", "netlist", "rings", "scattering", "spikes"])
    func reference(check: String) throws {
        let file = fixture.deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("policies/REFERENCE.md")
        let row = try #require(
            try String(contentsOf: file, encoding: .utf8).split(separator: "\n").first { $0.hasPrefix("| `\(check)` |") },
            "no row for \(check)")
        let text = "version: 1\nname: n\nchecks:\n- {\(check): {qqqqqqqqqqqq: 1}}\n"
        let error = try #require(#expect(throws: (any Error).self) { try PhotonicCore.Suite.parse(text, file: "s.yaml") })
        let known = try #require("\(error)".split(separator: "\n").first?.split(separator: "known are ").last).split(separator: ", ")
        #expect(known.count >= 2)
        for key in known { #expect(row.contains("`\(key)"), "\(key)") }
    }

    @Test("random bytes in any file never crash a check") func noise() throws {
        var generator = SplitMix64(seed: MeshPropertyTests.seed)
        let files = [
            "phases/encoder.npy", "scattering.npy", "circuit.json", "calibration.json", "weights/readout.npy", "spikes/in.csv", "model.pt",
        ]
        for round in 0..<140 {
            let copy = try DataCopy.sdk()
            try copy.edit(files[round % files.count]) { data in
                for _ in 0..<4 { data[Int.random(in: 0..<data.count, using: &generator)] = .random(in: 0...255, using: &generator) }
                if round % 3 == 0 { data = data.prefix(Int.random(in: 0...data.count, using: &generator)) }
            }
            #expect(!copy.report(suite).checks.isEmpty, "seed \(MeshPropertyTests.seed), round \(round)")
        }
    }

    /// Millions of faults are counted; ten are told.
    @Test("a file of nothing but faults takes no memory for them", .timeLimit(.minutes(2))) func flood() throws {
        let copy = try DataCopy.sdk()
        let phases = [String](repeating: "NaN", count: 512 * 512).joined(separator: ",")
        let name = String(repeating: "n", count: 1000)
        let text = #"{"\#(name)": {"type": "mzi_mesh", "size": [512, 512], "topology": "rectangular", "phases": [\#(phases)]}}"#
        try Data(text.utf8).write(to: copy.url("circuit.json"))
        let suite = try PhotonicCore.Suite.parse("version: 1\nname: n\nchecks:\n- netlist: {file: circuit.json}\n", file: "s.yaml")
        let failed = copy.report(suite).checks.filter { !$0.passed }
        #expect(failed.first?.value == 262_144 && failed.count == 11, "\(failed.count)")
        #expect(failed.reduce(0) { $0 + $1.name.utf8.count + ($1.note?.utf8.count ?? 0) } < 100_000)
    }

    /// A range that is open to one side, or wide beside a value near its end, must not round the fault away.
    @Test(
        "a finding of a value out of range has failed, whatever the range",
        arguments: [
            ("minimum: -1", "-1.5"), ("maximum: 1", "1.0000001"), ("minimum: 0, maximum: 1e300", "-1e-9"),
        ]) func ranges(_ range: String, _ value: String) throws
    {
        let copy = try DataCopy.sdk()
        let number = try #require(Float(value))
        try copy.editFloat("weights/readout.npy", at: 128 + 4 * 20) { _ in number }
        for place in 0..<20 { try copy.editFloat("weights/readout.npy", at: 128 + 4 * place) { _ in 0.5 } }
        let text = "version: 1\nname: n\nchecks:\n- array: {file: weights/readout.npy, \(range)}\n"
        let report = copy.report(try PhotonicCore.Suite.parse(text, file: "s.yaml"))
        let meant = report.checks.filter { $0.element == "[1, 4]" }
        #expect(meant.count == 1 && meant.allSatisfy { !$0.passed && $0.note != nil }, "\(report.checks)")
    }
}
