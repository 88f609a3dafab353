import Foundation
import PhotonicCore
import TestSupport
import Testing

/// photonic-core against numpy and a published package: see independent.py.
@Suite struct IndependentTests {
    /// Runs a program and gives its standard output.
    private static func run(_ program: String, _ arguments: String...) throws -> String {
        let outcome = try ChildProcess.run([program] + arguments)
        try #require(outcome.status == 0, "\(arguments.joined(separator: " ")): \(outcome.errors)")
        return outcome.text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    private static let script = here.appendingPathComponent("independent.py").path
    private static let python = Result {
        try run("/bin/bash", here.deletingLastPathComponent().appendingPathComponent("Support/python.sh").path)
    }

    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("photonic-independent-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func independent(_ verb: String, _ place: String) throws -> String {
        try Self.run(try Self.python.get(), Self.script, verb, place)
    }

    @Test("arrays, meshes and scattering matrices that numpy wrote are read as numpy means them") func arrays() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let gain = try #require(Double(try independent("data", folder.path)))
        let report = try PhotonicCore.Suite.read(folder.appendingPathComponent("suite.yaml").path).run(directory: folder.path)
        #expect(report.checks.filter { !$0.passed } == [])
        #expect(report.checks.count > 150)
        let active = try PhotonicCore.Suite.read(folder.appendingPathComponent("active.yaml").path).run(directory: folder.path)
        let failed = active.checks.filter { !$0.passed && $0.element != nil }
        #expect(failed.map(\.element) == ["[3]"] && abs((failed.first?.value ?? 0) - gain) < 1e-6)
    }

    @Test("devices, decompositions and neurons are computed alike by textbook formulas and by a published package") func physics() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let document = try Document(seed: MeshPropertyTests.seed)
        let file = folder.appendingPathComponent("physics.json")
        try JSONEncoder().encode(document).write(to: file)
        let compared = try independent("physics", file.path)
        #expect(compared == "3528", "seed \(MeshPropertyTests.seed)")
    }
}

/// What photonic-core computes, for somebody else to compute anew.
private struct Document: Encodable {
    struct Matrix: Encodable {
        let real: [[Double]]
        let imaginary: [[Double]]

        init(_ matrix: ComplexMatrix) {
            real = (0..<matrix.size).map { row in (0..<matrix.size).map { matrix[row, $0].real } }
            imaginary = (0..<matrix.size).map { row in (0..<matrix.size).map { matrix[row, $0].imaginary } }
        }
    }

    struct Decomposition: Encodable {
        struct Element: Encodable {
            let mode: Int
            let bar: Double
            let theta: Double
            let phi: Double
        }

        let arrangement: String
        let matrix: Matrix
        let elements: [Element]
        let outputPhases: [Double]
    }

    struct Ring: Encodable {
        let input: Double
        let drop: Double
        let amplitude: Double
        let phases: [Double]
        let through: [Double]
        let dropped: [Double]
    }

    struct Cavity: Encodable {
        let first: Double
        let second: Double
        let phase: Double
        let power: Double
    }

    struct Neuron: Encodable {
        let powers: [Double]
        let step: Double
        let timeConstant: Double
        let potential: Double
    }

    struct Fidelity: Encodable {
        let left: Matrix
        let right: Matrix
        let fidelity: Double
        let gain: Double
        let inverse: Matrix
    }

    /// One figure of a component: `inputs` in SI units.
    struct Device: Encodable {
        let name: String
        let inputs: [Double]
        let value: Double
    }

    let devices: [Device]
    let decompositions: [Decomposition]
    let rings: [Ring]
    let cavities: [Cavity]
    let neurons: [Neuron]
    let fidelities: [Fidelity]

    init(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        func number(_ range: ClosedRange<Double>) -> Double { range.lowerBound + generator.unit() * (range.upperBound - range.lowerBound) }
        devices = (0..<8).flatMap { _ in Self.devices { number($0) } }
        decompositions = try [2, 3, 4, 5, 8, 13, 16].flatMap { modes in
            let unitary = try MeshPropertyTests.randomMesh(modes: modes).matrix
            return try Mesh.Arrangement.allCases.map { arrangement in
                let mesh = try Mesh(unitary: unitary, arrangement)
                let elements = mesh.elements.map { element in
                    let interferometer = element.interferometer
                    return Decomposition.Element(
                        mode: element.mode, bar: interferometer.matrix[0, 0].power, theta: interferometer.theta, phi: interferometer.phi)
                }
                return Decomposition(
                    arrangement: arrangement.rawValue, matrix: Matrix(unitary), elements: elements, outputPhases: mesh.outputPhases)
            }
        }
        rings = (0..<5).map { _ in
            let (input, drop, loss) = (number(0.5...0.99), number(0.5...1), number(0...200))
            let waveguide = Waveguide(
                length: 1e-4, effectiveIndex: 2.4, groupIndex: 4.2, referenceWavelength: 1.55e-6, lossDecibelsPerCentimetre: loss)
            let ring = MicroRing(waveguide: waveguide, inputSelfCoupling: input, dropSelfCoupling: drop)
            let phases = (0..<64).map { _ in number(0...6.3) }
            let responses = phases.map { ring.response(roundTripPhase: $0) }
            return Ring(
                input: input, drop: drop, amplitude: waveguide.amplitudeTransmission, phases: phases,
                through: responses.map(\.through.power),
                dropped: responses.map(\.drop.power))
        }
        cavities = (0..<10).map { _ in
            let (first, second, phase) = (number(0...0.95), number(0...0.95), number(0...6.3))
            let middle = ScatteringMatrix(transfer: ComplexMatrix([[.phase(phase)]]))
            let whole = ScatteringMatrix(mirror: first).followed(by: middle)?.followed(by: ScatteringMatrix(mirror: second))
            return Cavity(first: first, second: second, phase: phase, power: whole?.forward[0, 0].power ?? .infinity)
        }
        neurons = (0..<10).map { _ in
            let (step, tau) = (number(0.1...1), number(1...20))
            let powers = (0..<50).map { _ in number(0...2) }
            var neuron = SpikingNeuron(threshold: 1e9, timeConstant: tau)
            for power in powers { _ = neuron.step(power: power, duration: step) }
            return Neuron(powers: powers, step: step, timeConstant: tau, potential: neuron.potential)
        }
        fidelities = try [2, 5, 9].map { modes in
            let mesh = try MeshPropertyTests.randomMesh(modes: modes)
            let other = mesh.perturbed(deviation: 0.1, seed: seed).matrix(lossDecibels: 0.2)
            return Fidelity(
                left: Matrix(mesh.matrix), right: Matrix(other), fidelity: other.fidelity(to: mesh.matrix), gain: other.largestGain,
                inverse: Matrix(try #require(other.inverse)))
        }
    }

    /// One of each figure, with parameters by chance.
    private static func devices(_ number: (ClosedRange<Double>) -> Double) -> [Device] {
        let (wavelength, length, loss, voltage, halfWave) = (
            number(1.5e-6...1.6e-6), number(1e-5...1e-2), number(0...5), number(0...5), number(1...6)
        )
        let waveguide = Waveguide(
            length: length, effectiveIndex: number(1.5...3), groupIndex: number(2...5), referenceWavelength: number(1.3e-6...1.6e-6),
            lossDecibelsPerCentimetre: loss)
        let coupler = DirectionalCoupler(couplingCoefficient: number(1e3...1e5), length: length)
        let modulator = MachZehnderModulator(
            halfWaveVoltage: halfWave, insertionLossDecibels: loss, extinctionRatioDecibels: number(5...40))
        let detector = Photodetector(quantumEfficiency: number(0.1...1), darkCurrent: number(0...1e-8))
        let (power, bandwidth, load, temperature) = (number(1e-9...1e-2), number(1e6...5e10), number(50...1e4), number(200...400))
        let laser = Laser(wavelength: wavelength, power: power, linewidth: number(1e3...1e7), relativeIntensityNoise: number(-170 ... -120))
        let powers = (0..<40).map { _ in number(0...2) }
        let (threshold, tau, refractory) = (number(1...4), number(1...20), number(0...3))
        var neuron = SpikingNeuron(threshold: threshold, timeConstant: tau, refractoryPeriod: refractory + 0.5)
        for power in powers { _ = neuron.step(power: power, duration: 1) }
        return [
            Device(
                name: "waveguide phase",
                inputs: [length, waveguide.effectiveIndex, waveguide.groupIndex, waveguide.referenceWavelength, wavelength],
                value: waveguide.phase(at: wavelength)),
            Device(name: "waveguide power", inputs: [length, loss], value: waveguide.powerTransmission),
            Device(name: "coupler", inputs: [coupler.couplingCoefficient, length], value: coupler.crossPower),
            Device(
                name: "heater", inputs: [voltage, halfWave],
                value: PhaseShifter(kind: .thermal, halfWaveVoltage: halfWave).phase(at: voltage)),
            Device(
                name: "junction", inputs: [voltage, halfWave],
                value: PhaseShifter(kind: .electroOptic, halfWaveVoltage: halfWave).phase(at: voltage)),
            Device(
                name: "modulator", inputs: [voltage, halfWave, loss, modulator.extinctionRatioDecibels],
                value: modulator.powerTransmission(at: voltage)),
            Device(
                name: "current", inputs: [detector.quantumEfficiency, detector.darkCurrent, power, wavelength],
                value: detector.current(power: power, wavelength: wavelength)),
            Device(
                name: "signal to noise",
                inputs: [detector.quantumEfficiency, detector.darkCurrent, power, wavelength, bandwidth, load, temperature],
                value: detector.signalToNoise(
                    power: power, wavelength: wavelength, bandwidth: bandwidth, load: load, temperature: temperature)),
            Device(name: "coherence", inputs: [laser.linewidth], value: laser.coherenceLength),
            Device(
                name: "intensity noise", inputs: [power, laser.relativeIntensityNoise, bandwidth],
                value: laser.intensityNoise(bandwidth: bandwidth)),
            Device(name: "spikes", inputs: [threshold, tau, refractory + 0.5] + powers, value: Double(neuron.spikes)),
        ]
    }
}
