import Foundation
import Glibc

@testable import Kubernetes

/// A directory that lives as long as the value does.
final class Scratch {
    let path: String

    init(_ files: [String: String] = [:]) throws {
        var template = Array("/tmp/kubernetes-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXError(.EIO) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        for (name, text) in files { try write(name, Data(text.utf8)) }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ content: Data) throws {
        let url = URL(fileURLWithPath: path + "/" + name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try content.write(to: url)
    }

    func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path + "/" + name, withDestinationPath: target)
    }

    /// The problems that reading the directory ends with, the directory's own name taken out.
    func problems() throws -> [String] {
        do {
            _ = try ManifestDirectory.read(path)
            return []
        } catch let error as ManifestError {
            return error.problems.map { $0.description.replacingOccurrences(of: path, with: "DIR") }
        }
    }
}

/// SplitMix64: the same seed, the same values.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// The values of all documents of a text.
func parse(_ text: String) throws -> [ManifestValue] {
    try YAMLText.documents(Array(text.utf8)).flatMap { try YAMLReader.values($0).map(\.value) }
}

/// The canonical text of the only document of a text.
func canonical(_ text: String) throws -> String {
    let values = try parse(text)
    guard values.count == 1 else { throw POSIXError(.EINVAL) }
    return String(decoding: CanonicalYAML.encode(values[0]), as: UTF8.self)
}

extension ManifestValue {
    /// The bytes of everything in it, keys in order: Swift compares strings by their letters, not by their bytes.
    var exact: String {
        switch self {
        case .scalar(let scalar): scalar.exact
        case .sequence(let items): "[" + items.map(\.exact).joined(separator: ",") + "]"
        case .mapping(let entries): "{" + entries.map { $0.key.exact + ":" + $0.value.exact }.sorted().joined(separator: ",") + "}"
        }
    }
}

extension ManifestScalar {
    fileprivate var exact: String { (isLiteral ? "=" : "'") + text.utf8.map { String($0, radix: 16) }.joined(separator: ".") }
}

/// A manifest of the least an object needs.
func configMap(_ name: String, namespace: String? = "demo", data: String = "{}") -> String {
    let namespace = namespace.map { "  namespace: \($0)\n" } ?? ""
    return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: \(name)\n\(namespace)data: \(data)\n"
}
