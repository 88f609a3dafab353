internal import StrictYAML

/// Rings of a netlist resonate where the calibration says: the model's resonance lies by the newest one measured.
struct RingStep: SuiteStep {
    private static let source = "Bogaerts et al., Laser Photonics Rev. 6, 47 (2012)"

    private let netlist: String
    private let calibration: String
    private let parameter: String
    private let effectiveIndex: Double
    private let groupIndex: Double
    private let reference: Double
    private let tolerance: Double

    init?(_ value: YAMLNode, _ problems: YAMLProblems) {
        let known = ["netlist", "calibration", "parameter", "effectiveIndex", "groupIndex", "reference", "tolerance"]
        let numbers = ["effectiveIndex", "groupIndex", "reference", "tolerance"]
        guard let section = YAMLMapping(value, "\"rings\"", known: known, problems: problems),
            let netlist = section.file("netlist", of: "\"rings\""), let calibration = section.file("calibration", of: "\"rings\""),
            numbers.allSatisfy({ section.require($0, of: "\"rings\"") }), let effectiveIndex = section.number("effectiveIndex", 1...10),
            let groupIndex = section.number("groupIndex", 1...20), let reference = section.number("reference", 1e-7...1e-4),
            let tolerance = section.number("tolerance", 1e-16...1e-6)
        else { return nil }
        self.netlist = netlist
        self.calibration = calibration
        parameter = section.has("parameter") ? section.text("parameter") ?? "" : "resonance_wavelength"
        (self.effectiveIndex, self.groupIndex, self.reference, self.tolerance) = (effectiveIndex, groupIndex, reference, tolerance)
    }

    var files: [String] { [netlist, calibration] }

    func run(in folder: DataFolder, _ report: inout SuiteReport) {
        forEachFile(netlist, in: folder, source: Self.source, &report) { file, findings, responses throws(DataProblem) in
            let netlist = try Netlist.read(file, in: folder)
            let database: CalibrationDatabase
            do throws(DataProblem) { database = try CalibrationDatabase.read(calibration, in: folder) } catch {
                throw DataProblem("\(calibration): \(error.reason)")
            }
            var (faults, uncalibrated, table, bits) = (Tally<Findings.Fault>(), Tally<String>(), [Double](), Sketch())
            let rings = netlist.components.filter { $0.type == "microring_modulator" }
            for ring in rings {
                let place = "the ring \(ring.name)"
                let radius = try ring.value.required("radius", of: place).number("\"radius\" of \(place)")
                let quality = try ring.value.required("quality_factor", of: place).number("\"quality_factor\" of \(place)")
                guard radius > 0, radius < 1, quality > 0 else {
                    throw DataProblem("\(place) has no proper radius or quality.", line: ring.value.line)
                }
                guard
                    let measured = database.component(ring.name)?.parameters.first(where: { $0.name == parameter })?.last?.measured,
                    measured > 1e-7, measured < 1e-4
                else {
                    uncalibrated.add(ring.name)
                    continue
                }
                for value in [radius, quality, measured] { bits.add(value) }
                let modelled = model(radius: radius).resonance(near: measured)
                table += [modelled * 1e9, quality]
                if !(abs(modelled - measured) <= tolerance) {
                    faults.add(
                        .init(element: ring.name, value: modelled, range: (measured - tolerance)...(measured + tolerance), unit: "m"))
                }
            }
            findings.check("rings", Double(rings.count), Double(max(1, rings.count)), unit: "rings", note: "The netlist has no ring.")
            findings.check(
                "rings without a resonance in \(calibration)", Double(uncalibrated.count), 0, unit: "rings",
                note: uncalibrated.list.map { "\($0) has no \(parameter)." })
            findings.check("rings away from their resonance", faults: faults)
            responses.append(Response("resonances in nm, and qualities", file: file, tolerance: 1e-9, table))
            responses.append(Response("bits of rings", file: file, kind: .digest, bits.values))
        }
    }

    private func model(radius: Double) -> MicroRing {
        let waveguide = Waveguide(
            length: 2 * .pi * radius, effectiveIndex: effectiveIndex, groupIndex: groupIndex, referenceWavelength: reference)
        return MicroRing(waveguide: waveguide, inputSelfCoupling: 0.99)
    }
}
