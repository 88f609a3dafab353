import Foundation
import PhotonicCore
import TestSupport
import Testing

@Suite struct MeshPropertyTests {
    /// `PHOTONIC_SEED` repeats a run.
    static let seed = ProcessInfo.processInfo.environment["PHOTONIC_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0..<1_000_000)

    static func randomMesh(modes: Int) throws -> Mesh {
        var generator = SplitMix64(seed: seed &+ UInt64(modes))
        let elements = Mesh.rectangle(modes: modes).map { mode in
            Mesh.Element(
                mode: mode,
                interferometer: MachZehnder(
                    theta: .random(in: 0...(.pi), using: &generator), phi: .random(in: 0..<2 * .pi, using: &generator)))
        }
        let phases = (0..<modes).map { _ in Double.random(in: 0..<2 * .pi, using: &generator) }
        return try Mesh(modes: modes, elements: elements, outputPhases: phases)
    }

    @Test("a random mesh neither loses nor makes light, and is the same in both directions", arguments: 2...12)
    func conservation(modes: Int) throws {
        let mesh = try Self.randomMesh(modes: modes)
        let matrix = mesh.matrix
        #expect(matrix.unitarityError < 1e-12, "seed \(Self.seed)")
        #expect(mesh.backwardMatrix.distance(to: matrix.transpose) < 1e-12, "seed \(Self.seed)")
        let input = (0..<modes).map { Complex(Double($0), 1) }
        let power = input.reduce(0) { $0 + $1.power }
        #expect(abs((matrix * input).reduce(0) { $0 + $1.power } - power) < 1e-10 * power, "seed \(Self.seed)")
    }

    @Test("a random matrix is rebuilt from its decomposition, in either arrangement", arguments: 2...12, Mesh.Arrangement.allCases)
    func decomposition(modes: Int, arrangement: Mesh.Arrangement) throws {
        let matrix = try Self.randomMesh(modes: modes).matrix
        let mesh = try Mesh(unitary: matrix, arrangement)
        #expect(mesh.matrix.distance(to: matrix) < 1e-11, "seed \(Self.seed)")
        #expect(mesh.elements.count == Mesh.elementCount(modes: modes))
        #expect(mesh.depth == arrangement.depth(modes: modes))
        let phases = mesh.elements.map(\.interferometer.phi) + mesh.outputPhases
        #expect(phases.allSatisfy { (0..<2 * .pi).contains($0) }, "seed \(Self.seed)")
        #expect(mesh.elements.allSatisfy { (0...(.pi)).contains($0.interferometer.theta) }, "seed \(Self.seed)")
    }

    @Test("the identity and a permutation, full of zeros, are rebuilt too", arguments: Mesh.Arrangement.allCases)
    func permutation(arrangement: Mesh.Arrangement) throws {
        var reversal = ComplexMatrix(size: 7)
        for mode in 0..<7 { reversal[mode, 6 - mode] = .one }
        for matrix in [.identity(7), reversal] {
            #expect(try Mesh(unitary: matrix, arrangement).matrix.distance(to: matrix) < 1e-13)
        }
    }
}

@Suite struct ImperfectionTests {
    private static let seed = MeshPropertyTests.seed

    @Test("a decomposed matrix comes back to 10⁻¹², up to 64 modes", arguments: [2, 16, 33, 64], Mesh.Arrangement.allCases)
    func roundTrip(modes: Int, arrangement: Mesh.Arrangement) throws {
        let unitary = try MeshPropertyTests.randomMesh(modes: modes).matrix
        #expect(try Mesh(unitary: unitary, arrangement).matrix.distance(to: unitary) < 1e-12, "seed \(Self.seed)")
    }

    @Test("the finer the steps of a phase and the smaller its errors, the better the mesh") func better() throws {
        let mesh = try MeshPropertyTests.randomMesh(modes: 8)
        let matrix = mesh.matrix
        func losses(_ meshes: [Mesh]) -> [Double] { meshes.map { 1 - $0.matrix.fidelity(to: matrix) } }
        let steps = losses([4, 7, 10, 13].map { mesh.quantised(bits: $0) })
        let errors = losses([0.1, 0.03, 0.01, 0.003].map { mesh.perturbed(deviation: $0, seed: Self.seed) })
        for series in [steps, errors] {
            #expect(zip(series, series.dropFirst()).allSatisfy { $0 > $1 && $1 > 0 }, "seed \(Self.seed): \(series)")
        }
        // To the second order the loss of fidelity goes with the square of the error.
        #expect((5.0...20).contains(errors[1] / errors[2]), "seed \(Self.seed): \(errors)")
    }

    @Test("loss takes power from every input, and no more than the longest path") func loss() throws {
        let mesh = try MeshPropertyTests.randomMesh(modes: 6)
        let lossy = mesh.matrix(lossDecibels: 0.5)
        let least = pow(10, -0.05 * Double(mesh.depth))
        for input in 0..<6 {
            var light = [Complex](repeating: .zero, count: 6)
            light[input] = .one
            let power = (lossy * light).reduce(0) { $0 + $1.power }
            #expect(power < 1 && power >= least - 1e-12, "seed \(Self.seed)")
        }
    }

    /// The paths through a triangle differ more in length, and their loss takes more of its fidelity: Clements et al., Optica 3, 1460 (2016), figure 4.
    @Test("the more a mesh loses, the less faithful it is, and a triangle less than a rectangle") func unevenLoss() throws {
        let unitary = try MeshPropertyTests.randomMesh(modes: 12).matrix
        func series(_ arrangement: Mesh.Arrangement) throws -> [Double] {
            let mesh = try Mesh(unitary: unitary, arrangement)
            return [0, 0.1, 0.3, 1].map { mesh.matrix(lossDecibels: $0).fidelity(to: unitary) }
        }
        let (rectangle, triangle) = (try series(.rectangular), try series(.triangular))
        for series in [rectangle, triangle] {
            #expect(abs(series[0] - 1) < 1e-12 && zip(series, series.dropFirst()).allSatisfy { $0 > $1 }, "seed \(Self.seed): \(series)")
        }
        #expect(zip(rectangle, triangle).dropFirst().allSatisfy { $0 > $1 }, "seed \(Self.seed): \(rectangle) \(triangle)")
    }
}
