import StrictYAML

extension YAMLMapping {
    func hook(_ key: String) -> Policy.Hook? {
        guard let value = value(key) else { return nil }
        guard let mapping = YAMLMapping(value, "\"\(key)\"", known: ["command", "timeout"], problems: problems) else { return nil }
        let timeout = mapping.duration("timeout") ?? Policy.Hook.defaultTimeout
        guard mapping.require("command", of: "\"\(key)\""), let command = mapping.command() else { return nil }
        return Policy.Hook(command: command, timeout: timeout)
    }
}
