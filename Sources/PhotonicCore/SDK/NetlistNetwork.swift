import Glibc

/// A component of a netlist that computes something: a mesh, layers of meshes, or layers of spiking neurons.
enum NetlistNetwork {
    case mesh(RotationMesh)
    /// Meshes in a row, with a saturable absorber after each but the last where the activation is "relu".
    case layers([RotationMesh], isRectified: Bool)
    case spiking(weights: [[[Double]]], timestep: Double)

    private static let neuronsMax = 1_000_000

    /// nil for a component that is no network.
    init?(_ component: Netlist.Component) throws(DataProblem) {
        let (value, what) = (component.value, component.name.debugDescription)
        switch component.type {
        case "mzi_mesh": self = .mesh(try Self.mesh(value, what))
        case "photonic_mlp":
            var meshes: [RotationMesh] = []
            for layer in try value.required("layers", of: what).array("\"layers\" of \(what)") {
                meshes.append(try Self.mesh(layer, "a layer of \(what)"))
            }
            guard !meshes.isEmpty else { throw DataProblem("\(what) has no layers.", line: value.line) }
            if let sizes = try value["layer_sizes"]?.numbers("\"layer_sizes\" of \(what)") {
                let expected = meshes.map { Double($0.inputs) } + [Double(meshes[meshes.count - 1].outputs)]
                guard sizes == expected else {
                    throw DataProblem("the layers of \(what) have other sizes than its \"layer_sizes\".", line: value.line)
                }
            }
            self = .layers(meshes, isRectified: try value["activation"]?.string("\"activation\"") == "relu")
        case "photonic_snn": self = try Self.spiking(value, what)
        default: return nil
        }
    }

    private static func mesh(_ value: JSONValue, _ what: String) throws(DataProblem) -> RotationMesh {
        let size = try value.required("size", of: what).array("\"size\" of \(what)")
        guard size.count == 2 else { throw DataProblem("\"size\" of \(what) is not two numbers.", line: value.line) }
        let topology = try value.required("topology", of: what).string("\"topology\" of \(what)")
        let phases = try value.required("phases", of: what)
        do {
            return try RotationMesh(
                inputs: try size[0].count("\"size\"", 1...Mesh.modesMax), outputs: try size[1].count("\"size\"", 1...Mesh.modesMax),
                // Whatever is not rectangular the SDK takes for triangular.
                topology: topology == "rectangular" ? .rectangular : .triangular, phases: try phases.numbers("\"phases\" of \(what)"))
        } catch let error as DataProblem { throw error } catch { throw DataProblem("\(what) is no mesh: \(error).", line: phases.line) }
    }

    private static func spiking(_ value: JSONValue, _ what: String) throws(DataProblem) -> NetlistNetwork {
        var sizes: [Int] = []
        for size in try value.required("topology", of: what).array("\"topology\" of \(what)") {
            sizes.append(try size.count("\"topology\" of \(what)", 1...neuronsMax))
        }
        let weights = try value.required("weights", of: what)
        let layers = try weights.array("\"weights\" of \(what)")
        guard sizes.count >= 2, layers.count == sizes.count - 1 else {
            throw DataProblem(
                "\(what) has weights for \(layers.count) layers, and its topology has \(max(0, sizes.count - 1)).", line: weights.line)
        }
        var matrices: [[[Double]]] = []
        for (index, layer) in layers.enumerated() {
            var rows: [[Double]] = []
            for row in try layer.array("a layer of \"weights\"") { rows.append(try row.numbers("a row of \"weights\"")) }
            guard rows.count == sizes[index + 1], rows.allSatisfy({ $0.count == sizes[index] }) else {
                throw DataProblem(
                    "layer \(index + 1) of \(what) does not have \(sizes[index + 1]) rows of \(sizes[index]) weights.", line: layer.line)
            }
            matrices.append(rows)
        }
        let timestep = try value.required("timestep", of: what).number("\"timestep\" of \(what)")
        guard timestep > 0, timestep.isFinite else { throw DataProblem("the time step of \(what) is \(timestep) s.", line: value.line) }
        return .spiking(weights: matrices, timestep: timestep)
    }

    /// Gives every number that the network is made of, each with its place.
    func forEachNumber(_ body: (_ place: @autoclosure () -> String, Double) -> Void) {
        switch self {
        case .mesh(let mesh): for (index, phase) in mesh.phases.enumerated() { body("phases[\(index)]", phase) }
        case .layers(let meshes, _):
            for (layer, mesh) in meshes.enumerated() {
                for (index, phase) in mesh.phases.enumerated() { body("layers[\(layer)].phases[\(index)]", phase) }
            }
        case .spiking(let weights, _):
            for (layer, rows) in weights.enumerated() {
                for (row, numbers) in rows.enumerated() {
                    for (index, weight) in numbers.enumerated() { body("weights[\(layer)][\(row)][\(index)]", weight) }
                }
            }
        }
    }

    /// About how many multiplications its checks and its responses take.
    var work: Double {
        func cube(_ mesh: RotationMesh) -> Double { 3 * Double(mesh.inputs) * Double(mesh.inputs) * Double(mesh.inputs) }
        switch self {
        case .mesh(let mesh): return cube(mesh)
        case .layers(let meshes, _): return meshes.reduce(0) { $0 + 2 * cube($1) }
        case .spiking(let weights, _):
            return Double(2 * Self.spikingSteps) * weights.reduce(0) { $0 + Double($1.count * ($1.first?.count ?? 0)) }
        }
    }

    var inputs: Int {
        switch self {
        case .mesh(let mesh): mesh.inputs
        case .layers(let meshes, _): meshes[0].inputs
        case .spiking(let weights, _): weights[0][0].count
        }
    }

    // MARK: Responses

    private static let spikingSteps = 64

    /// What leaves the network for an input: amplitudes, or the energy and the spikes of the last layer's neurons.
    func output(for input: [Complex]) -> [Double] {
        switch self {
        case .mesh(let mesh): Self.parts(mesh.matrix * input)
        case .layers(let meshes, let isRectified): Self.parts(Self.propagate(input, meshes, isRectified))
        case .spiking(let weights, let timestep): Self.spikes(input, weights, timestep)
        }
    }

    private static func parts(_ amplitudes: [Complex]) -> [Double] { amplitudes.flatMap { [$0.real, $0.imaginary] } }

    private static func propagate(_ input: [Complex], _ meshes: [RotationMesh], _ isRectified: Bool) -> [Complex] {
        var light = input
        for (index, mesh) in meshes.enumerated() {
            // Layers of different sizes: what is missing is dark, what is too much goes nowhere.
            light = Array((light + [Complex](repeating: .zero, count: max(0, mesh.inputs - light.count))).prefix(mesh.inputs))
            light = mesh.matrix * light
            if isRectified, index < meshes.count - 1 { light = light.map(absorbed) }
        }
        return light
    }

    /// A saturable absorber: of an intensity `I` passes `I/(1 + I/0.1)`, with its phase.
    private static func absorbed(_ amplitude: Complex) -> Complex {
        let intensity = amplitude.power
        return (1 / (1 + intensity / 0.1).squareRoot()) * amplitude
    }

    /// Neurons that fire after some ten steps of even light: thresholds of the SDK's own are far from what one step brings.
    private static func spikes(_ input: [Complex], _ weights: [[[Double]]], _ timestep: Double) -> [Double] {
        let neuron = SpikingNeuron(threshold: 4 * timestep, timeConstant: 50 * timestep, refractoryPeriod: 2 * timestep)
        var layers = weights.map { SpikingLayer(neuron: neuron, weights: $0) }
        let powers = input.map(\.power)
        for _ in 0..<spikingSteps {
            var signal = powers
            for index in layers.indices { signal = layers[index].step(powers: signal, duration: timestep).map { $0 ? 1 : 0 } }
        }
        return layers.flatMap { layer in layer.neurons.flatMap { [$0.potential / timestep, Double($0.spikes)] } }
    }
}
