extension SelfTest {
    /// Powers are stored with nine decimals.
    private static let powerTolerance = 1e-8

    /// One ring's calibration: its parameters, its curve, and whether the ring's physics makes that curve.
    static func ringDataChecks(_ entry: DataManifest.RingEntry, _ folder: DataFolder, _ responses: inout [Response]) throws(DataProblem)
        -> [CheckResult]
    {
        let file = try folder.decode(RingFile.self, entry.file)
        let wavelengths = file.wavelengthsNanometres
        guard file.through.count == wavelengths.count, (file.drop?.count ?? wavelengths.count) == wavelengths.count else {
            throw DataProblem("it does not have one power for each of its \(wavelengths.count) wavelengths.")
        }
        guard (file.drop == nil) == (file.dropSelfCoupling == nil) else {
            throw DataProblem("it has a drop curve without a drop coupling, or the other way round.")
        }
        let shape = [
            dataCheck("\(entry.file): points", Double(wavelengths.count), Double(entry.points), unit: "points"),
            rangeCheck(entry.file, file),
            dataCheck(
                "\(entry.file): wavelengths out of order", Double(zip(wavelengths, wavelengths.dropFirst()).count { $0 >= $1 }), 0,
                unit: "points", note: "The wavelengths do not rise."),
        ]
        let ring = ring(file)
        let resonance = ring.resonance(near: ring.waveguide.referenceWavelength)
        let finesse = ring.finesse
        responses.append(Response("resonance", file: entry.file, unit: "nm", tolerance: 1e-6, [resonance * 1e9]))
        if finesse.isFinite { responses.append(Response("finesse", file: entry.file, tolerance: 1e-9 * max(1, abs(finesse)), [finesse])) }
        var bits = Sketch()
        let curves = [wavelengths, file.through, file.drop ?? []]
        for value in file.numbers + curves.map({ Double($0.count) }) + curves.joined() { bits.add(value) }
        responses.append(Response("bits", file: entry.file, kind: .digest, bits.values))
        return shape + curveChecks(entry.file, file)
    }

    private static func curveChecks(_ name: String, _ file: RingFile) -> [CheckResult] {
        let ring = ring(file)
        let responses = file.wavelengthsNanometres.map { ring.response(at: $0 * 1e-9) }
        let through = largest(zip(responses, file.through).map { abs($0.through.power - $1) })
        let note = "The ring's parameters do not make the curve that was saved with them."
        let resonance = ring.resonance(near: file.referenceNanometres * 1e-9) * 1e9
        var checks = [
            dataCheck("\(name): through curve, deviation", through, 0, tolerance: powerTolerance, note: note),
            dataCheck("\(name): resonance", resonance, file.resonanceNanometres, tolerance: 1e-6, unit: "nm", note: note),
        ]
        if let drop = file.drop {
            let deviation = largest(zip(responses, drop).map { abs($0.drop.power - $1) })
            checks.append(dataCheck("\(name): drop curve, deviation", deviation, 0, tolerance: powerTolerance, note: note))
        }
        return checks
    }

    static func ring(_ file: RingFile) -> MicroRing {
        let waveguide = Waveguide(
            length: file.circumferenceMicrometres * 1e-6, effectiveIndex: file.effectiveIndex, groupIndex: file.groupIndex,
            referenceWavelength: file.referenceNanometres * 1e-9, lossDecibelsPerCentimetre: file.lossDecibelsPerCentimetre)
        return MicroRing(
            waveguide: waveguide, inputSelfCoupling: file.inputSelfCoupling, dropSelfCoupling: file.dropSelfCoupling ?? 1)
    }

    /// What a ring on a chip can be: from a visible to a mid-infrared wavelength, indices from air to beyond silicon's.
    private static func rangeCheck(_ name: String, _ file: RingFile) -> CheckResult {
        let nanometres = 300.0...10_000.0
        let scalars: [(String, Double, ClosedRange<Double>)] = [
            ("circumference in µm", file.circumferenceMicrometres, 0.1...1e6), ("effective index", file.effectiveIndex, 1...5),
            ("group index", file.groupIndex, 1...10), ("reference wavelength in nm", file.referenceNanometres, nanometres),
            ("resonance in nm", file.resonanceNanometres, nanometres), ("loss in dB/cm", file.lossDecibelsPerCentimetre, 0...1000),
            ("input self-coupling", file.inputSelfCoupling, 0...1), ("drop self-coupling", file.dropSelfCoupling ?? 1, 0...1),
        ]
        let curves =
            file.wavelengthsNanometres.map { ("wavelength in nm", $0, nanometres) }
            + (file.through + (file.drop ?? [])).map { ("power", $0, 0...1) }
        let outside = (scalars + curves).filter { !$0.2.contains($0.1) }
        return dataCheck(
            "\(name): values out of range", Double(outside.count), 0, unit: "values",
            note: outside.first.map { "The \($0.0), \($0.1), is not between \($0.2.lowerBound) and \($0.2.upperBound)." })
    }
}
