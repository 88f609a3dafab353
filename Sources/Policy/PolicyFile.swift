import StrictYAML

extension Policy {
    /// Reads the policy in a file. Throws a `YAMLError` that names everything wrong with it.
    public static func read(_ path: String) throws -> Policy { try parse(try YAMLFile.text(path), file: path) }

    /// Reads a policy's text; paths in it are relative to the directory of `file`, which messages name.
    public static func parse(_ text: String, file: String) throws -> Policy {
        try YAMLFile.parse(text, file: file, what: "policy") { root, problems in PolicyParser(problems: problems).policy(root) }
    }
}
