import Glibc

extension SelfTest {
    private static let clements = "Clements et al., Optica 3, 1460 (2016)"
    private static let sdk = "MZIMesh of the Photon Neuromorphics SDK"

    static func imperfectionChecks() -> [CheckResult] { fidelityChecks() + rotationChecks() }

    private static func fidelityChecks() -> [CheckResult] {
        let wanted = MachZehnder(theta: 0.7, phi: 1.1).matrix
        let mesh: Mesh?
        do {
            mesh = try Mesh(
                modes: 2, elements: [Mesh.Element(mode: 0, interferometer: MachZehnder(theta: 0.7, phi: 1.1))], outputPhases: [0.3, 0.2])
        } catch { mesh = nil }
        let lossy = mesh?.matrix(lossDecibels: 3)
        func check(_ name: String, _ value: Double?, _ expected: Double, tolerance: Double = 1e-12) -> CheckResult {
            CheckResult(name: "imperfect mesh: \(name)", value: value, expected: expected, tolerance: tolerance, source: clements)
        }
        return [
            // tr(U†U') is 1 + exp(iδ).
            check(
                "fidelity of a theta that is off by 0.1", MachZehnder(theta: 0.8, phi: 1.1).matrix.fidelity(to: wanted), 0.997502082639013),
            check(
                "fidelity whatever the overall phase", (ComplexMatrix(diagonal: [.phase(1), .phase(1)]) * wanted).fidelity(to: wanted), 1),
            check("fidelity whatever the even loss", mesh.flatMap { mesh in lossy?.fidelity(to: mesh.matrix) }, 1),
            check("power after 3 dB of loss", lossy.map { ($0 * [.one, .zero]).reduce(0) { $0 + $1.power } }, 0.5011872336272722),
            check("16 bits, largest error of a phase over half a step", mesh.map { quantisationError($0) }, 0, tolerance: 1),
            check("no error, no change", mesh.map { $0.perturbed(deviation: 0, seed: 1).matrix.distance(to: $0.matrix) }, 0),
        ]
    }

    private static func quantisationError(_ mesh: Mesh) -> Double {
        let rounded = mesh.quantised(bits: 16)
        let pairs = zip(mesh.outputPhases, rounded.outputPhases) as Zip2Sequence<[Double], [Double]>
        return largest(pairs.map { abs($0 - $1) }) / (.pi / 65_536)
    }

    /// Three modes, phases of 0.1 to 0.9: multiplied out by hand of another program.
    private static func rotationChecks() -> [CheckResult] {
        let expected = ComplexMatrix([
            [
                Complex(0.7306816499355123, 0.6154446635582735), Complex(-0.28091080646047356, -0.08689589534529762),
                Complex(0.029355400846913265, 0.0029453645179120004),
            ],
            [
                Complex(0.180686272907161, 0.18604155331493755), Complex(0.7214388032303622, 0.31534323266811803),
                Complex(-0.5590610033898379, -0.016628424934304442),
            ],
            [
                Complex(0.08806965943189118, 0.11098170504995743), Complex(0.48363492563235655, 0.244377125972163),
                Complex(0.8251532141203199, 0.07366171643962144),
            ],
        ])
        let matrix: ComplexMatrix?
        do { matrix = try RotationMesh(inputs: 3, outputs: 3, phases: (1...9).map { Double($0) / 10 }).matrix } catch { matrix = nil }
        return [
            CheckResult(
                name: "rotation mesh: three modes, deviation", value: matrix?.distance(to: expected), expected: 0, tolerance: 1e-14,
                source: sdk),
            CheckResult(name: "rotation mesh: unitarity", value: matrix?.unitarityError, expected: 0, tolerance: 1e-14, source: sdk),
        ]
    }
}
