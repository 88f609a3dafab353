internal import StrictYAML

/// A circuit as the Photon Neuromorphics SDK describes it: JSON objects, each with a `type`.
///
/// A file holds one of them; or an object of them by name; or `components`, such an object or a list of objects with a `name`, beside
/// `connections`. Source: the `to_netlist` methods of the SDK, photon_neuro/core and photon_neuro/networks.
struct Netlist: Sendable {
    struct Component: Sendable {
        let name: String
        let type: String
        let value: JSONValue
    }

    /// Two components with light between them, by name.
    struct Connection: Sendable {
        let names: [String]
        /// All that it says: ports, lengths.
        let value: JSONValue

        var line: Int { value.line }
    }

    static let bytesMax = 128 << 20
    private static let componentsMax = 1_000_000
    private static let nameBytesMax = 1024

    let components: [Component]
    let connections: [Connection]
    /// What else the file says.
    let rest: [JSONMember]

    static func read(_ path: String, in folder: DataFolder) throws(DataProblem) -> Netlist {
        var bytes: [UInt8] = []
        try folder.read(path, bytesMax: bytesMax) { bytes += $0 }
        if isSPICE(bytes) {
            throw DataProblem("it is a netlist as SPICE has them, a card a line: what the SDK's `to_netlist` gives, as JSON, is read here.")
        }
        return try Netlist(try JSONText.value(bytes, isPython: true))
    }

    init(_ root: JSONValue) throws(DataProblem) {
        _ = try root.object("the netlist")
        if root["type"] != nil {
            components = [try Self.component("netlist", root)]
            (connections, rest) = ([], [])
            return
        }
        let list = root["components"] ?? root
        var found: [Component] = []
        switch list.content {
        case .array(let items):
            for item in items {
                found.append(try Self.component(try item.required("name", of: "a component").string("\"name\""), item))
            }
        default: for member in try list.object("\"components\"") { found.append(try Self.component(member.key, member.value)) }
        }
        guard !found.isEmpty else { throw DataProblem("it has no components.", line: root.line) }
        guard found.count <= Self.componentsMax else { throw DataProblem("it has more than \(Self.componentsMax) components.") }
        // By their bytes: two spellings of one letter are two names.
        guard Set(found.map { Array($0.name.utf8) }).count == found.count else {
            throw DataProblem("two components have one name.", line: list.line)
        }
        components = found
        var connections: [Connection] = []
        if root["components"] != nil, let value = root["connections"] {
            for item in try value.array("\"connections\"") { connections.append(try Self.connection(item)) }
        }
        self.connections = connections
        rest = root["components"] == nil ? [] : root.members.filter { !["components", "connections"].contains($0.key) }
    }

    /// Comments, commands and elements, a line each.
    private static func isSPICE(_ bytes: [UInt8]) -> Bool {
        let lines = bytes.prefix(4096).split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self).lowercased() }
        let words = [".subckt", ".end", ".ends", ".model", ".include", ".param", ".title", ".ac", ".tran", ".op"]
        return lines.contains { line in words.contains { line == $0 || line.hasPrefix("\($0) ") } }
    }

    private static func component(_ name: String, _ value: JSONValue) throws(DataProblem) -> Component {
        guard name.utf8.count <= nameBytesMax else { throw DataProblem("a name is longer than \(nameBytesMax) bytes.", line: value.line) }
        let type = try value.required("type", of: "the component \(name.debugDescription)").string("\"type\"")
        guard type.utf8.count <= nameBytesMax else { throw DataProblem("a type is longer than \(nameBytesMax) bytes.", line: value.line) }
        return Component(name: name, type: type, value: value)
    }

    private static func connection(_ value: JSONValue) throws(DataProblem) -> Connection {
        for (first, second) in [("component1", "component2"), ("from", "to")] where value[first] != nil || value[second] != nil {
            return Connection(
                names: [
                    try value.required(first, of: "a connection").string("\"\(first)\""),
                    try value.required(second, of: "a connection").string("\"\(second)\""),
                ], value: value)
        }
        throw DataProblem("a connection has neither component1 and component2 nor from and to.", line: value.line)
    }
}
