extension SelfTest {
    private static let gerstner = "Gerstner et al., Neuronal Dynamics (2014), section 1.3"

    /// A neuron under even light, whose energy is a geometric series: `P·dt·(1 - q^n)/(1 - q)` with `q = exp(-dt/τ)`.
    static func neuronChecks() -> [CheckResult] {
        func check(_ name: String, _ value: Double, _ expected: Double, unit: String = "") -> CheckResult {
            CheckResult(name: "neuron: \(name)", value: value, expected: expected, tolerance: 1e-12, unit: unit, source: gerstner)
        }
        var deaf = SpikingNeuron(threshold: .infinity, timeConstant: 10)
        for _ in 0..<5 { _ = deaf.step(power: 2, duration: 1) }
        let early = deaf.potential
        for _ in 0..<1000 { _ = deaf.step(power: 2, duration: 1) }
        var neuron = SpikingNeuron(threshold: 10, timeConstant: 10)
        let first = (1...100).first { _ in neuron.step(power: 2, duration: 1) }
        var tired = SpikingNeuron(threshold: 10, timeConstant: 10, refractoryPeriod: 3)
        for _ in 0..<200 { _ = tired.step(power: 2, duration: 1) }
        var layer = SpikingLayer(neuron: SpikingNeuron(threshold: 1, timeConstant: .infinity), weights: [[1, 0], [0.25, 0.25]])
        let rounds = (0..<4).map { _ in layer.step(powers: [0.5, 0.5], duration: 1) }
        return [
            check("energy after 5 steps of 2 W", early, 8.269412875662592, unit: "W s"),
            check("energy after very many", deaf.potential, 21.016663889550088, unit: "W s"),
            check("first spike at 10 W s", Double(first ?? 0), 7, unit: "steps"),
            check("spikes of 200 steps, deaf for 3 after each", Double(tired.spikes), 22, unit: "spikes"),
            check("layer, spikes of a weight of 1", Double(rounds.count { $0[0] }), 2, unit: "spikes"),
            check("layer, spikes of two weights of 1/4", Double(rounds.count { $0[1] }), 1, unit: "spikes"),
        ]
    }
}
