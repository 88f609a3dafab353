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
        private(set) var count = 0
        private(set) var last: Point?
        /// Where its points begin.
        private(set) var line: Int?
        /// Over all points.
        private var sketch = Sketch()

        init(_ name: String) { self.name = name }

        /// - Parameter metadata: what else a point says.
        mutating func add(_ point: Point, _ metadata: JSONValue?) {
            line = line ?? point.line
            count += 1
            last = point
            sketch.add(text: point.timestamp)
            for value in [point.target, point.measured, point.correction, point.error] { sketch.add(value) }
            metadata?.add(to: &sketch)
        }

        /// All that was measured of it, in a few numbers.
        var digest: [Double] { sketch.values }
    }

    struct Component: Sendable {
        let name: String
        var parameters: [Parameter] = []
        var lastCalibrated = ""
    }

    /// The SDK keeps the newest so many of each parameter.
    static let pointsMax = 1000
    private static let parametersMax = 1_000_000
    private static let version = "1.0"

    private(set) var components: [Component] = []
    private(set) var created = ""
    /// How many calibrations are listed, and all that is said of them.
    private(set) var history: (count: Int, digest: [Double]) = (0, [])
    /// By the bytes of their names.
    private var places: [[UInt8]: Int] = [:]
    private var keys: Set<String> = []
    private var parameterCount = 0

    var pointCount: Int { components.reduce(0) { $0 + $1.parameters.reduce(0) { $0 + $1.count } } }

    func component(_ name: String) -> Component? { places[Array(name.utf8)].map { components[$0] } }

    /// Goes through a database of any length; of each parameter the newest point is kept, and sums over all.
    ///
    /// - Parameter each: is given every point, oldest first, with its component and parameter.
    static func read(
        _ path: String, in folder: DataFolder, each: (String, String, Point) -> Void = { _, _, _ in }
    ) throws(DataProblem) -> CalibrationDatabase {
        try folder.withFile(path) { file throws(DataProblem) in
            guard file.size > 0 else { throw DataProblem("it is empty: the SDK would go on with a new database, without a word.") }
            var text = JSONText(file, isPython: true)
            var database = CalibrationDatabase()
            try text.forEachMember("the database") { key, text throws(DataProblem) in try database.take(key, &text, each) }
            try text.end()
            for key in ["version", "created", "components", "calibration_history"] where !database.keys.contains(key) {
                throw DataProblem("the database has no \(key.debugDescription).", line: 1)
            }
            return database
        }
    }

    private init() {}

    private mutating func take(_ key: String, _ text: inout JSONText, _ each: (String, String, Point) -> Void) throws(DataProblem) {
        keys.insert(key)
        switch key {
        case "version":
            let value = try text.passingValue()
            let version = try value.string("\"version\"")
            guard version == Self.version else {
                throw DataProblem("its version is \(version), and this program knows \(Self.version).", line: value.line)
            }
        case "created": created = try text.passingValue().string("\"created\"")
        case "calibration_history":
            var (count, sketch) = (0, Sketch())
            try text.forEachItem("\"calibration_history\"") { text throws(DataProblem) in
                count += 1
                try text.passingValue().add(to: &sketch)
            }
            history = (count, sketch.values)
        case "components":
            try text.forEachMember("\"components\"") { name, text throws(DataProblem) in
                places[Array(name.utf8)] = components.count
                components.append(try Self.component(name, &text, each))
                parameterCount += components[components.count - 1].parameters.count
                guard components.count + parameterCount <= Self.parametersMax else {
                    throw DataProblem("it has more than \(Self.parametersMax) components and parameters.")
                }
            }
        default: _ = try text.passingValue()
        }
    }

    private static func component(
        _ name: String, _ text: inout JSONText, _ each: (String, String, Point) -> Void
    ) throws(DataProblem) -> Component {
        let what = "the component \(name.debugDescription)"
        var component = Component(name: name)
        var hasParameters = false
        try text.forEachMember(what) { key, text throws(DataProblem) in
            switch key {
            case "parameters":
                hasParameters = true
                try text.forEachMember("\"parameters\" of \(what)") { parameter, text throws(DataProblem) in
                    component.parameters.append(try Self.parameter(parameter, of: name, &text, each))
                }
            case "last_calibrated":
                let value = try text.passingValue()
                if value.content == .null { return }
                component.lastCalibrated = try value.string("\"last_calibrated\" of \(what)")
                guard isTime(component.lastCalibrated) else {
                    throw DataProblem("\(Shown.short(component.lastCalibrated).debugDescription) is no time.", line: value.line)
                }
            default: _ = try text.passingValue()
            }
        }
        guard hasParameters else { throw DataProblem("\(what) has no \"parameters\".") }
        return component
    }

    private static func parameter(
        _ name: String, of component: String, _ text: inout JSONText, _ each: (String, String, Point) -> Void
    ) throws(DataProblem) -> Parameter {
        var parameter = Parameter(name)
        try text.forEachItem("\(name.debugDescription) of the component \(component.debugDescription)") { text throws(DataProblem) in
            let value = try text.passingValue()
            let point = try point(value, "a point of \(component).\(name)", name)
            parameter.add(point, value["metadata"])
            each(component, name, point)
        }
        return parameter
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
