internal import StrictYAML

/// The calibration database that the Photon Neuromorphics SDK keeps in `calibration.json`.
///
/// The SDK writes it in place, and begins with an empty one, without a word, when it cannot be read: an empty database is a lost one.
/// Source: `CalibrationDatabase` of the SDK, photon_neuro/hardware/calibration.py.
struct CalibrationDatabase: Sendable {
    struct Point: Sendable {
        /// ISO 8601, local time without a zone.
        let timestamp: String
        let target: Double
        let measured: Double
        let correction: Double
        /// `|target - measured|`.
        let error: Double
        let line: Int
    }

    struct Parameter: Sendable {
        let name: String
        /// Oldest first.
        let points: [Point]
    }

    struct Component: Sendable {
        let name: String
        let parameters: [Parameter]
    }

    static let bytesMax = 128 << 20
    /// The SDK keeps the newest so many of each parameter.
    static let pointsMax = 1000
    private static let version = "1.0"

    let components: [Component]
    private let places: [String: Int]

    var pointCount: Int { components.reduce(0) { $0 + $1.parameters.reduce(0) { $0 + $1.points.count } } }

    func component(_ name: String) -> Component? { places[name].map { components[$0] } }

    static func read(_ path: String, in folder: DataFolder) throws(DataProblem) -> CalibrationDatabase {
        var bytes: [UInt8] = []
        try folder.read(path, bytesMax: bytesMax) { bytes += $0 }
        guard !bytes.isEmpty else { throw DataProblem("it is empty: the SDK would go on with a new database, without a word.") }
        return try CalibrationDatabase(try JSONText.value(bytes, isPython: true))
    }

    private init(_ root: JSONValue) throws(DataProblem) {
        let version = try root.required("version", of: "the database").string("\"version\"")
        guard version == Self.version else {
            throw DataProblem("its version is \(version), and this program knows \(Self.version).", line: root.line)
        }
        _ = try root.required("created", of: "the database").string("\"created\"")
        _ = try root.required("calibration_history", of: "the database").array("\"calibration_history\"")
        var components: [Component] = []
        for member in try root.required("components", of: "the database").object("\"components\"") {
            components.append(try Self.component(member))
        }
        self.components = components
        places = Dictionary(components.indices.map { (components[$0].name, $0) }) { first, _ in first }
    }

    private static func component(_ member: JSONMember) throws(DataProblem) -> Component {
        let what = "the component \(member.key.debugDescription)"
        var parameters: [Parameter] = []
        for parameter in try member.value.required("parameters", of: what).object("\"parameters\" of \(what)") {
            var points: [Point] = []
            for value in try parameter.value.array("\(parameter.key.debugDescription) of \(what)") {
                points.append(try point(value, "a point of \(member.key).\(parameter.key)", parameter.key))
            }
            parameters.append(Parameter(name: parameter.key, points: points))
        }
        if let last = member.value["last_calibrated"], last.content != .null {
            let text = try last.string("\"last_calibrated\" of \(what)")
            guard isTime(text) else { throw DataProblem("\(Shown.short(text).debugDescription) is no time.", line: last.line) }
        }
        return Component(name: member.key, parameters: parameters)
    }

    private static func point(_ value: JSONValue, _ what: @autoclosure () -> String, _ parameter: String) throws(DataProblem) -> Point {
        let name = try value.required("parameter_name", of: what()).string("\"parameter_name\"")
        guard name == parameter else { throw DataProblem("\(what()) belongs to \(name.debugDescription).", line: value.line) }
        let timestamp = try value.required("timestamp", of: what()).string("\"timestamp\"")
        guard isTime(timestamp) else { throw DataProblem("\(Shown.short(timestamp).debugDescription) is no time.", line: value.line) }
        return Point(
            timestamp: timestamp, target: try number(value, "target_value", what()), measured: try number(value, "measured_value", what()),
            correction: try number(value, "applied_correction", what()), error: try number(value, "error", what()), line: value.line)
    }

    /// Numbers of NumPy that JSON does not know are written as strings.
    private static func number(_ point: JSONValue, _ key: String, _ what: @autoclosure () -> String) throws(DataProblem) -> Double {
        let value = try point.required(key, of: what())
        if case .string(let text) = value.content, let number = Double(text) { return number }
        return try value.number("\"\(key)\" of \(what())")
    }

    /// "2026-02-03T04:05:06", with a fraction and a zone or without.
    private static func isTime(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard (19...32).contains(bytes.count) else { return false }
        let hasForm = zip(bytes, "0000-00-00T00:00:00".utf8).allSatisfy { byte, form in
            form == UInt8(ascii: "0")
                ? (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) : byte == form || (form == UInt8(ascii: "T") && byte == 0x20)
        }
        func number(_ start: Int) -> Int { Int(bytes[start] & 15) * 10 + Int(bytes[start + 1] & 15) }
        return hasForm && (1...12).contains(number(5)) && (1...31).contains(number(8)) && number(11) < 24 && number(14) < 60
            && number(17) < 60
    }
}
