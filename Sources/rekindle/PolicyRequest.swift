import Glibc
import Operations
import Policy
import Vault

/// A policy as requests to the operations.
struct PolicyRequest {
    private let policy: Policy
    /// The directory of the policy's file, where its commands run.
    private let directory: String

    init(_ policy: Policy, file: String) {
        self.policy = policy
        directory = file.lastIndex(of: "/").map { String(file[..<$0]) }.map { $0.isEmpty ? "/" : $0 } ?? "."
    }

    func backup(vault: String) throws -> BackupRequest {
        var datasets = try policy.data.map { dataset in
            let source: BackupRequest.Source
            switch dataset.source {
            case .directory(let path, let exclude, let excludeCaches, let oneFileSystem):
                source = .directory(
                    .init(path: absolute(path), exclude: try exclude.globs(), excludeCaches: excludeCaches, oneFileSystem: oneFileSystem))
            case .command(let arguments, let file, let timeout):
                source = .command(Command(arguments, timeout: timeout, workingDirectory: directory), file: file)
            }
            return BackupRequest.Dataset(name: dataset.name, source: source, before: hook(dataset.before), after: hook(dataset.after))
        }
        if let manifests = policy.manifests {
            datasets.append(BackupRequest.Dataset(name: "manifests", source: .manifests(directory: manifests.directory)))
        }
        var request = BackupRequest(vault: vault, policy: policy.name, datasets: datasets)
        request.before = hook(policy.before)
        request.after = hook(policy.after)
        return request
    }

    func validation() throws -> [Validation.Step] {
        try policy.validate.map { step in
            switch step {
            case .photonicCore(let dataset, let suite):
                guard suite == nil else {
                    throw VaultError(.usage, "photonicCore: suites are not known to this version", hint: "Leave out `suite`.")
                }
                return .photonicCore(dataset: dataset)
            case .command(let arguments, let timeout):
                return .command(Command(arguments, timeout: timeout, workingDirectory: directory))
            }
        }
    }

    private func hook(_ hook: Policy.Hook?) -> Command? {
        hook.map { Command($0.command, timeout: $0.timeout, workingDirectory: directory) }
    }

    /// The path that the record names: one that means the same from everywhere. One that is not there is left as it is.
    private func absolute(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
