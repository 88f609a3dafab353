import PhotonicCore
import Testing

@Suite struct DeviceTests {
    @Test("the components agree with published physics", arguments: SelfTest.deviceChecks())
    func physics(_ check: CheckResult) {
        #expect(check.passed, "\(check.name): \(String(describing: check.value)), expected \(check.expected)")
    }

    @Test("the self-test runs as many checks as it says, and one more that counts them")
    func count() {
        let checks = SelfTest.deviceChecks()
        #expect(checks.count == SelfTest.deviceCheckCount + 1)
        #expect(Set(checks.map(\.name)).count == checks.count)
        #expect(checks.allSatisfy { !$0.source.isEmpty })
    }

    @Test("a value that is no number fails its check", arguments: [Double.nan, .infinity, -.infinity])
    func notANumber(_ value: Double) {
        let check = CheckResult(name: "n", value: value, expected: 0, tolerance: .infinity, source: "s", note: "why")
        #expect(!check.passed)
        #expect(check.value == nil)
        #expect(check.note == "why")
    }

    @Test("a difference that is no number is not passed over")
    func notANumberInMatrix() {
        let matrix = ComplexMatrix([[.one, Complex(.nan)], [.zero, .one]])
        #expect(matrix.distance(to: .identity(2)).isNaN)
        #expect(matrix.unitarityError.isNaN)
    }

    @Test(
        "a mesh of impossible shape is refused",
        arguments: [
            (1, [], 1, MeshError.modes(1)), (513, [], 513, .modes(513)), (4, [], 3, .outputPhases(3, modes: 4)),
            (4, [0, 3], 4, .element(1, mode: 3, modes: 4)), (4, [-1], 4, .element(0, mode: -1, modes: 4)),
        ] as [(Int, [Int], Int, MeshError)])
    func impossibleMesh(modes: Int, places: [Int], phases: Int, error: MeshError) {
        let elements = places.map { Mesh.Element(mode: $0, interferometer: MachZehnder(theta: 1, phi: 1)) }
        #expect(throws: error) { try Mesh(modes: modes, elements: elements, outputPhases: [Double](repeating: 0, count: phases)) }
    }
}
