/// Files that a kubeconfig names: certificates, keys, tokens.
enum SmallFile {
    static func read(_ path: String, what: String) throws(ClusterError) -> [UInt8] {
        do { return try ManifestFiles.bytes(path) } catch {
            throw ClusterError(.configuration, "cannot read \(what) \(path): \(error)")
        }
    }

    /// Its text without the white space around it.
    static func text(_ path: String, what: String) throws(ClusterError) -> String {
        guard let text = String(validating: try read(path, what: what), as: UTF8.self) else {
            throw ClusterError(.configuration, "\(what) \(path) is not text")
        }
        let isBlank: (Character) -> Bool = { $0.isWhitespace }
        return String(text.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }
}
