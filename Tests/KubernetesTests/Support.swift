import Foundation
import Glibc
import TestSupport

@testable import Kubernetes

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

extension Scratch {
    convenience init(_ files: [String: String]) throws {
        try self.init()
        for (name, text) in files { try write(text, to: name) }
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
