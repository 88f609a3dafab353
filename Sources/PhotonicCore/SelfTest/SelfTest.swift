/// The checks that ship in the program: of the device physics, and of data that came back from a backup.
public struct SelfTest {
    /// How many device checks there are. Written down by hand, so that a check that gets lost is noticed.
    public static let deviceCheckCount = 121

    /// Compares the components with published physics. The last check counts the others.
    public static func deviceChecks() -> [CheckResult] {
        let components = interferometerChecks() + ringChecks() + waveguideChecks() + detectorChecks() + modulatorChecks() + laserChecks()
        let circuits = meshChecks() + imperfectionChecks() + scatteringChecks() + neuronChecks() + compositionChecks()
        let checks = components + circuits
        let names = Set(checks.map(\.name))
        return checks + [
            CheckResult(
                name: "self-test: device checks that ran", value: Double(names.count), expected: Double(deviceCheckCount), unit: "checks",
                source: "SelfTest.deviceCheckCount", note: "A check was lost, added without being counted, or carries another's name.")
        ]
    }
}
