import Glibc

/// A leaky integrate-and-fire neuron: it takes up optical power, forgets, and fires at its threshold.
///
/// Each step does `v ← v·exp(-dt/τ) + P·dt`; at `v ≥ threshold` it fires and begins again from zero, deaf for its refractory period.
/// Source: Gerstner, Kistler, Naud, Paninski, Neuronal Dynamics (2014), section 1.3.
///
/// The Photon Neuromorphics SDK's own step (`PhotonicLIFNeuron.forward`) is this one, but for three things: its neurons count as having
/// fired at time zero, so they are deaf for their first refractory period; they hear again after more than that period, not at its end; and
/// `torch.exp` is given a plain number there, which it does not take, so that the step runs only where `dt` is a tensor.
public struct SpikingNeuron: Sendable, Equatable {
    /// In watt seconds: what it takes up is energy.
    public var threshold: Double
    /// τ, in seconds; infinity never forgets.
    public var timeConstant: Double
    /// In seconds.
    public var refractoryPeriod: Double

    /// In watt seconds.
    public private(set) var potential = 0.0
    public private(set) var spikes = 0
    private var time = 0.0
    private var lastSpike = -Double.infinity

    public init(threshold: Double, timeConstant: Double, refractoryPeriod: Double = 0) {
        self.threshold = threshold
        self.timeConstant = timeConstant
        self.refractoryPeriod = refractoryPeriod
    }

    /// Goes on by `duration` seconds under a power in watts; returns whether it fires.
    public mutating func step(power: Double, duration: Double) -> Bool {
        potential *= exp(-duration / timeConstant)
        if time - lastSpike >= refractoryPeriod { potential += power * duration }
        defer { time += duration }
        guard potential >= threshold else { return false }
        potential = 0
        spikes += 1
        lastSpike = time
        return true
    }
}

/// Neurons side by side, each with its own weight for every input.
public struct SpikingLayer: Sendable, Equatable {
    public private(set) var neurons: [SpikingNeuron]
    /// One row a neuron, one number an input.
    public let weights: [[Double]]

    public init(neuron: SpikingNeuron, weights: [[Double]]) {
        neurons = [SpikingNeuron](repeating: neuron, count: weights.count)
        self.weights = weights
    }

    /// Goes on by `duration` seconds; powers in watts, one an input. Returns who fires.
    public mutating func step(powers: [Double], duration: Double) -> [Bool] {
        neurons.indices.map { index in
            precondition(weights[index].count == powers.count)
            let power = zip(weights[index], powers).reduce(0) { $0 + $1.0 * $1.1 }
            return neurons[index].step(power: power, duration: duration)
        }
    }
}
