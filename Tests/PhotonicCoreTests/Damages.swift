import Foundation
import TestSupport

private let weights = "weights/kernel.f32"
private let spikes = "spikes/night run 2.csv"
private let mesh = "phases/layer-1.json"
private let ring = "calibrations/weight-bank.json"
private let description = "photonic.json"

extension Damage {
    static let all = weightDamages + spikeDamages + meshDamages + ringDamages + fileDamages + descriptionDamages + pathDamages

    private static let weightDamages = [
        Damage("the lowest bit of a weight is flipped", ["\(weights): CRC-32"], "was recorded") { copy in
            try copy.edit(weights) { $0[400] ^= 1 }
        },
        Damage(
            "the sign of a weight is flipped", ["\(weights): CRC-32", "\(weights): sum"]
        ) { copy in try copy.edit(weights) { $0[3] ^= 0x80 } },
        Damage(
            "a file of weights is cut in the middle of one",
            ["size", "CRC-32", "sum", "sum of magnitudes"].map { "\(weights): \($0)" }
        ) { copy in try copy.edit(weights) { $0 = $0.dropLast(3) } },
        Damage(
            "a file of weights is empty",
            ["size", "CRC-32", "sum", "sum of magnitudes", "minimum", "maximum"].map { "\(weights): \($0)" }
        ) { copy in
            try copy.edit(weights) { $0 = Data() }
        },
        Damage("a file of weights has bytes to spare", ["\(weights): readable"], "at most 4608") { copy in
            try copy.edit(weights) { $0.append(0) }
        },
        Damage(
            "a weight is not a number",
            ["CRC-32", "sum", "sum of magnitudes", "weights out of range"].map { "\(weights): \($0)" }, "Weight 101"
        ) { copy in
            try copy.edit(weights) { $0.replaceSubrange(400..<404, with: [0, 0, 0xc0, 0x7f]) }
        },
        Damage("a shape is not what the file has", ["\(weights): size"], "[16, 8, 3, 4]") { copy in
            try copy.replace(description, "[16, 8, 3, 3]", "[16, 8, 3, 4]")
        },
        Damage("a shape overflows", ["\(weights): readable"], "larger than") { copy in
            try copy.replace(description, "[16, 8, 3, 3]", "[4294967296, 4294967296, 9223372036854775807]")
        },
        Damage("a shape is negative", ["\(weights): readable"], "empty or larger") { copy in
            try copy.replace(description, "[16, 8, 3, 3]", "[-16, -8, 3, 3]")
        },
        Damage("a recorded CRC-32 is no number", ["\(weights): CRC-32"], "hexadecimal") { copy in
            try copy.replace(description, "8e915a58", "+e915a5z")
        },
    ]

    private static let spikeDamages = [
        Damage("two spikes are out of order", ["\(spikes): events out of order", "\(spikes): CRC-32"], "Line 3: ") { copy in
            try copy.edit(spikes) { $0 = swappingLines($0) }
        },
        Damage("a spike has a channel that is not there", ["\(spikes): events on unknown channels", "\(spikes): CRC-32"], "channel 64 ") {
            copy in
            try copy.edit(spikes) { $0 = replacingLastChannel($0, "64") }
        },
        Damage("a spike is lost", ["\(spikes): events", "\(spikes): CRC-32"]) { copy in
            try copy.edit(spikes) { data in
                let lines = data.split(separator: UInt8(ascii: "\n"))
                data = Data((lines[..<10] + lines[11...]).joined(separator: [UInt8(ascii: "\n")])) + [UInt8(ascii: "\n")]
            }
        },
        Damage("a spike log is cut", ["\(spikes): readable"], "line 3001 is cut off") { copy in
            try copy.edit(spikes) { $0 = $0.dropLast() }
        },
        Damage("a time is negative", ["\(spikes): readable"], "line 2 is not two whole numbers") { copy in
            try copy.replace(spikes, "channel\n", "channel\n-")
        },
        Damage("a line never ends", ["\(spikes): readable"], "line 2 is longer") { copy in
            try copy.replace(spikes, "channel\n", "channel\n" + String(repeating: "0", count: 1000))
        },
        Damage("a header is missing", ["\(spikes): readable"], "line 1") { copy in try copy.replace(spikes, "time_ns,channel\n", "") },
        Damage("a number of events is absurd", ["\(spikes): readable"], "more than a log has") { copy in
            try copy.replace(description, "\"events\": 3000", "\"events\": 9223372036854775807")
        },
        Damage("a number of channels is zero", ["\(spikes): readable"], "0 channels") { copy in
            try copy.replace(description, "\"channels\": 64, \"events\": 3000", "\"channels\": 0, \"events\": 3000")
        },
    ]

    private static let meshDamages = [
        Damage("a phase is not a number", ["\(mesh): readable"], "line 5: not valid JSON") { copy in
            try copy.replace(mesh, "\"theta\": 1.421192281941", "\"theta\": NaN")
        },
        Damage("a phase is too large for a number", ["\(mesh): readable"], "line 5: not valid JSON") { copy in
            try copy.replace(mesh, "\"theta\": 1.421192281941", "\"theta\": 1e999")
        },
        Damage("a phase is changed in its eighth decimal", ["\(mesh): stored matrix, deviation"], "do not make the matrix") { copy in
            try copy.replace(mesh, "1.421192281941", "1.421192381941")
        },
        Damage("a phase is out of range", ["\(mesh): phases out of range", "\(mesh): stored matrix, deviation"], "-1.42") { copy in
            try copy.replace(mesh, "1.421192281941", "-1.421192281941")
        },
        Damage("an interferometer lies outside the mesh", ["\(mesh): readable"], "interferometer 1 lies at mode 7") { copy in
            try copy.replace(mesh, "{\"mode\": 0,", "{\"mode\": 7,")
        },
        Damage("an interferometer lies elsewhere in the mesh", ["\(mesh): depth", "\(mesh): stored matrix, deviation"], "arrangement") {
            copy in
            try copy.replace(mesh, "{\"mode\": 0,", "{\"mode\": 2,")
        },
        Damage("a mesh is of another size than listed", ["\(mesh): modes"]) { copy in
            try copy.replace(description, "\"modes\": 8", "\"modes\": 9")
        },
        Damage("a phase is a word", ["\(mesh): readable"], "line 5: wrong type at elements.[0].theta") { copy in
            try copy.replace(mesh, "\"theta\": 1.421192281941", "\"theta\": \"wide\"")
        },
        Damage("a phase is missing", ["\(mesh): readable"], "line 5: the key theta is missing at elements.[0].") { copy in
            try copy.replace(mesh, "\"theta\": 1.421192281941", "\"thta\": 1.421192281941")
        },
        Damage("a number of modes is absurd", ["\(mesh): readable"], "2 to 512 modes") { copy in
            try copy.replace(mesh, "\"modes\": 8", "\"modes\": 4611686018427387904")
        },
        Damage("an arrangement is unknown", ["\(mesh): readable"], "arrangement") { copy in
            try copy.replace(mesh, "rectangular", "hexagonal")
        },
    ]

    private static let ringDamages = [
        Damage(
            "a ring's coupling is changed", ["\(ring): through curve, deviation", "\(ring): drop curve, deviation"], "do not make the curve"
        ) { copy in try copy.replace(ring, "\"inputSelfCoupling\": 0.95", "\"inputSelfCoupling\": 0.951") },
        Damage("a ring's resonance is changed", ["\(ring): resonance"]) { copy in
            try copy.replace(ring, "1555.159660634", "1555.169660634")
        },
        Damage(
            "wavelengths do not rise",
            ["wavelengths out of order", "through curve, deviation", "drop curve, deviation"].map { "\(ring): \($0)" }
        ) { copy in
            try copy.replace(ring, "1540.05, 1540.1,", "1540.1, 1540.05,")
        },
        Damage(
            "a ring has no length",
            ["values out of range", "through curve, deviation", "drop curve, deviation", "resonance"].map { "\(ring): \($0)" },
            "circumference"
        ) { copy in try copy.replace(ring, "50.265482", "0") },
        Damage("a point is lost", ["\(ring): readable"], "one power for each") { copy in try copy.replace(ring, "[1540.0, ", "[") },
    ]

    private static let fileDamages = [
        Damage("a file is missing", ["\(spikes): readable"], "No such file") { copy in
            try FileManager.default.removeItem(at: copy.url(spikes))
        },
        Damage("a file is a directory", ["\(weights): readable"], "not a regular file") { copy in
            try FileManager.default.removeItem(at: copy.url(weights))
            try FileManager.default.createDirectory(at: copy.url(weights), withIntermediateDirectories: false)
        },
        Damage("a file is a symbolic link", ["\(weights): readable"], "symbolic links") { copy in
            try FileManager.default.removeItem(at: copy.url(weights))
            try FileManager.default.createSymbolicLink(at: copy.url(weights), withDestinationURL: copy.url("weights/encoder.f32"))
        },
        Damage("JSON is malformed", ["\(ring): readable"], "line 1: not valid JSON") { copy in try copy.replace(ring, "{", "{,") },
        Damage("JSON is nested without end", ["\(mesh): readable"], "line 1: not") { copy in
            try copy.edit(mesh) { $0 = Data(repeating: UInt8(ascii: "["), count: 1 << 20) }
        },
        Damage("JSON is too large", ["\(mesh): readable"], "at most") { copy in
            try copy.edit(mesh) { $0.append(Data(repeating: UInt8(ascii: " "), count: 17 << 20)) }
        },
        Damage("a note is changed", ["notes/bench log.md: CRC-32"]) { copy in try copy.replace("notes/bench log.md", "25.0", "35.0") },
    ]

    private static let descriptionDamages = [
        Damage("a version is newer", ["photonic.json: readable"], "version is 2") { copy in
            try copy.replace(description, "\"version\": 1", "\"version\": 2")
        },
        Damage("a format is another", ["photonic.json: readable"], "format") { copy in
            try copy.replace(description, "photonic-data", "other")
        },
        Damage("a list is shorter than counted", ["photonic.json: rings listed"]) { copy in
            try copy.replace(description, ",\n  {\"file\": \"\(ring)\", \"points\": 401}", "")
        },
        Damage("a file is listed twice", ["photonic.json: files listed once"]) { copy in
            try copy.replace(description, "calibrations/notch-02.json", "calibrations/notch-01.json")
        },
    ]

    private static let paths = ["/etc/passwd", "weights/../x", "weights/..", "weights//x", "../x", "weights", "notes/\\u001b[2Jx"]
    private static let pathDamages = paths.map { path in
        Damage("the listed path is \(path)", ["photonic.json: readable"], "not weights/NAME") { copy in
            try copy.replace(description, "\"\(weights)\"", "\"\(path)\"")
        }
    }
}

/// The first two events in the opposite order.
private func swappingLines(_ data: Data) -> Data {
    var lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    lines.swapAt(1, 2)
    return Data(lines.joined(separator: [UInt8(ascii: "\n")]))
}

private func replacingLastChannel(_ data: Data, _ channel: String) -> Data {
    guard let comma = data.lastIndex(of: UInt8(ascii: ",")) else { return data }
    return data[...comma] + Data("\(channel)\n".utf8)
}
