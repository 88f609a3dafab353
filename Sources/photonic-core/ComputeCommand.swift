import ArgumentParser
import Core
import FoundationEssentials
import PhotonicCore

struct ComputeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compute",
        abstract: "Print what the physics here makes of a file, as numbers.",
        discussion: """
            So that anyone can check it against a physics of their own: the matrices of \
            meshes, the amplitudes of a ring at wavelengths in metres, or a response as \
            witnesses record it.

              photonic-core compute phases/layer-1.json --unitary --json
              photonic-core compute phases/encoder.npy --unitary --modes 8
              photonic-core compute calibrations/notch-01.json --wavelength 1.55e-6
              photonic-core compute circuit.json --response "outputs of encoder"

            Exit status: 0, or 2 for a wrong command line or a file of another kind.
            """)

    @Argument(help: ArgumentHelp("A mesh or ring of the data layout, a netlist or an array.", valueName: "file")) var file: String
    @Flag(help: "The transfer matrices of its meshes.") var unitary = false
    @Option(help: ArgumentHelp("Of phases in a .npy file, how many modes they are of.", valueName: "count")) var modes: Int?
    @Option(help: ArgumentHelp("In metres, one or several with commas between.", valueName: "list")) var wavelength: String?
    @Option(help: ArgumentHelp("As `witness` calls it, without the file.", valueName: "name")) var response: String?
    @Flag(help: "Print one JSON document.") var json = false

    func validate() throws {
        guard [unitary, wavelength != nil, response != nil].count(where: { $0 }) == 1 else {
            throw ValidationError("Ask for one of --unitary, --wavelength and --response.")
        }
    }

    private struct Document: Encodable {
        let file: String
        let computed: [Computation]
    }

    func run() throws {
        let computed: [Computation]
        if let response {
            computed = try Computation.response(file, named: response)
        } else if let wavelength {
            let numbers = wavelength.split(separator: ",").map { Double($0) }
            guard !numbers.isEmpty, numbers.allSatisfy({ $0.map { $0 > 1e-7 && $0 < 1e-3 } ?? false }) else {
                throw Failure(.usage, "--wavelength takes metres, as 1.55e-6, and not \(wavelength)")
            }
            computed = try Computation.spectrum(file, at: numbers.compactMap(\.self))
        } else {
            computed = try Computation.unitaries(file, modes: modes)
        }
        try StandardOutput.write(json ? try document(computed) : computed.map(Self.text).joined())
    }

    private func document(_ computed: [Computation]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(Document(file: file, computed: computed)), as: UTF8.self) + "\n"
    }

    /// For people: a line each, complex numbers as `real imaginary`.
    private static func text(_ computation: Computation) -> String {
        var lines = ["\(computation.name)\(computation.unit.isEmpty ? "" : " in \(computation.unit)")"]
        if let real = computation.real, let imaginary = computation.imaginary {
            for (row, other) in zip(real, imaginary) {
                lines.append(zip(row, other).map { "\(CheckResult.digits($0)) \(CheckResult.digits($1))i" }.joined(separator: "  "))
            }
        }
        for (index, wavelength) in (computation.wavelengths ?? []).enumerated() {
            let ports = [("through", computation.through), ("drop", computation.drop)].compactMap { name, port in
                port.map { "\(name) \(CheckResult.digits($0.power[index]))" }
            }
            lines.append("\(wavelength) m  \(ports.joined(separator: "  "))")
        }
        lines += (computation.values ?? []).map(CheckResult.digits)
        return lines.joined(separator: "\n") + "\n"
    }
}
