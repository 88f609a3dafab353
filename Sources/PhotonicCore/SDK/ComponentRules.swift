/// What each type of component must say of itself, and what can be true of it.
struct ComponentRules: Sendable {
    struct Parameter: Sendable {
        let name: String
        let range: ClosedRange<Double>
        /// SI; empty for a pure number.
        let unit: String
        var isRequired = true
    }

    let parameters: [Parameter]
    /// Words of which one must stand under a key.
    var words: [String: [String]] = [:]
    /// Components within it.
    var parts: Parts?

    struct Parts: Sendable {
        /// Under which they are listed.
        let key: String
        /// Under which their number is written.
        let count: String
        let type: String
    }

    private static func length(_ name: String, _ range: ClosedRange<Double> = 1e-8...1) -> Parameter {
        Parameter(name: name, range: range, unit: "m")
    }
    private static func decibels(_ name: String, _ range: ClosedRange<Double> = 0...100) -> Parameter {
        Parameter(name: name, range: range, unit: "dB")
    }
    private static let voltage = Parameter(name: "v_pi", range: 1e-6...1e4, unit: "V")
    private static let detector = [
        Parameter(name: "responsivity", range: 0...100, unit: "A/W"), Parameter(name: "dark_current", range: 0...1, unit: "A"),
        Parameter(name: "bandwidth", range: 1...1e13, unit: "Hz"),
    ]

    /// By type. Networks are looked at as a whole: see `NetlistNetwork`.
    static let all: [String: ComponentRules] = [
        "waveguide": ComponentRules(
            parameters: [
                length("length"), length("width", 1e-8...1e-4), Parameter(name: "loss_db_per_cm", range: 0...1000, unit: "dB/cm"),
            ], words: ["material": ["silicon", "silicon_nitride", "silica", "polymer"]]),
        "mzi_modulator": ComponentRules(parameters: [length("length"), voltage, decibels("extinction_ratio"), decibels("insertion_loss")]),
        "microring_modulator": ComponentRules(parameters: [
            length("radius", 1e-7...1e-2), Parameter(name: "quality_factor", range: 1...1e12, unit: ""),
            Parameter(name: "coupling", range: 0...1, unit: ""), voltage,
        ]),
        "microring_array": ComponentRules(
            parameters: [
                Parameter(name: "n_rings", range: 1...1e6, unit: ""),
                Parameter(name: "fsr", range: 1...1e15, unit: "Hz", isRequired: false),
                Parameter(name: "q_factor", range: 1...1e12, unit: "", isRequired: false),
            ], parts: Parts(key: "rings", count: "n_rings", type: "microring_modulator")),
        "led_source": ComponentRules(parameters: [
            length("center_wavelength", 1e-7...1e-4), length("spectral_width", 1e-12...1e-5),
            Parameter(name: "power_dbm", range: -150...100, unit: "dBm"),
        ]),
        "photonic_reservoir": ComponentRules(parameters: [
            Parameter(name: "reservoir_size", range: 1...1e9, unit: ""), Parameter(name: "spectral_radius", range: 0...1000, unit: ""),
            Parameter(name: "input_scaling", range: -1e9...1e9, unit: ""), Parameter(name: "leak_rate", range: 0...1e18, unit: ""),
        ]),
        "phase_shifter": ComponentRules(parameters: [
            length("length"), Parameter(name: "efficiency", range: -1e9...1e9, unit: "rad/V or rad/mW"),
            Parameter(name: "response_time", range: 1e-15...10, unit: "s", isRequired: false),
        ]),
        "photodetector": ComponentRules(parameters: detector),
        "photodetector_array": ComponentRules(
            parameters: detector + [
                Parameter(name: "n_detectors", range: 1...1e6, unit: ""),
                Parameter(name: "spacing", range: 0...1, unit: "m", isRequired: false),
            ]),
        "laser_source": ComponentRules(parameters: [
            length("wavelength", 1e-7...1e-4), Parameter(name: "power_dbm", range: -150...100, unit: "dBm"),
            Parameter(name: "linewidth", range: 0...1e13, unit: "Hz"), Parameter(name: "rin", range: -300...0, unit: "dB/Hz"),
        ]),
        "photonic_lif_neuron": ComponentRules(parameters: [
            Parameter(name: "threshold", range: 1e-30...1e30, unit: ""), Parameter(name: "leak_rate", range: 0...1e18, unit: "1/s"),
            Parameter(name: "refractory_period", range: 0...1e6, unit: "s"),
        ]),
    ]
}
