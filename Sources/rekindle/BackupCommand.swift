import Archiver
import ArgumentParser
import Core
import FileTree
import Glibc
import Operations
import Policy
import Vault

struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Save the policy's data, or some directories, as a new snapshot.",
        discussion: """
            Unchanged files are carried over from the previous snapshot without reading
            them. A file that cannot be read is named, the rest is saved, and the exit
            status is 3. A run that is stopped leaves nothing visible; the next one reuses
            what it saved.

            A pattern for --exclude: '*.tmp' at every depth, '/cache' at the top of a
            directory, [a-z], {a,b}, ** across directories; '!keep' takes back what the
            patterns before it left out. One that matches nothing is named.

              rekindle backup --policy policies/photon-neuro.yaml
              rekindle backup --vault /backup/photon /app/data --tag before-upgrade
              rekindle backup --vault /backup/photon /app --exclude '*.tmp'
            """)

    @Argument(help: "Directories to back up, when there is no policy.") var paths: [String] = []
    @OptionGroup var common: CommonOptions
    @Option(help: ArgumentHelp("A word for `snapshots --tag` to find it by; may be repeated.", valueName: "tag")) var tag: [String] = []
    @Option(help: ArgumentHelp("Leave out what matches, with all beneath it; may be repeated.", valueName: "glob")) var exclude: [String] =
        []
    @Flag(help: "Leave out what is in directories marked by a CACHEDIR.TAG.") var excludeCaches = false
    @Flag(help: "Do not go into other file systems.") var oneFileSystem = false
    @Flag(help: "Only say what would be read.") var dryRun = false

    /// Not `validate`: the parser would ask that before it tells of an option that there is not.
    private func checkArguments() throws {
        if common.policy == nil, paths.isEmpty { throw UsageProblem.of("backup", "name a directory, or a policy with --policy") }
        if common.policy != nil, !paths.isEmpty {
            throw UsageProblem.of("backup", "directories come from the policy or from the command line, not from both")
        }
        if let stray = paths.first(where: { $0.hasPrefix("!") }), !exclude.isEmpty {
            throw UsageProblem.of("backup", "each pattern has an --exclude of its own: write --exclude '\(stray)'")
        }
        if let bad = tag.first(where: { $0.isEmpty || $0.utf8.count > 200 }) { throw UsageProblem.of("backup", "\"\(bad)\" is no tag") }
    }

    func run() throws {
        try checkArguments()
        let session = try common.begin()
        var request =
            try session.policy.map { try PolicyRequest($0, file: common.policy ?? "").backup() }
            ?? fromPaths()
        request.host = try session.backupHost()
        request.tags = tag
        request.isDryRun = dryRun
        let extra = try exclude.globs()
        request = request.adding(exclude: extra, excludeCaches: excludeCaches, oneFileSystem: oneFileSystem)
        let repository = try session.repository()
        let report = try session.show {
            try Backup(request, in: repository, progress: session.progress, cancellation: session.cancellation).run()
        }
        Output.isReport = true
        try BackupRendering(report, isDryRun: dryRun).print(json: common.json)
        try ExitStatus.conclude(report.outcome)
    }

    /// Datasets named after the last component of their path.
    private func fromPaths() throws -> BackupRequest {
        var names: Set<String> = []
        let datasets = try paths.map { path in
            guard let resolved = Directory.resolved(path) else {
                throw Failure(.usage, "cannot back up \(path): \(String(cString: strerror(errno)))")
            }
            let base = resolved.split(separator: "/").last.map(String.init) ?? "root"
            var name = base
            var number = 2
            while !names.insert(name).inserted {
                name = "\(base)-\(number)"
                number += 1
            }
            return BackupRequest.Dataset(name: name, source: .directory(.init(path: resolved)))
        }
        if let taken = datasets.first(where: { ReservedNames.all.contains($0.name) }) {
            throw Failure(
                .usage, "the name \(taken.name) is kept for the manifests of a policy, and the directory has it too",
                hint: "Name a directory above it, or give it another name in a policy.")
        }
        return BackupRequest(policy: nil, datasets: datasets)
    }
}

extension BackupRequest {
    /// The same, with the command line's filters on every directory.
    func adding(exclude: [Glob], excludeCaches: Bool, oneFileSystem: Bool) -> BackupRequest {
        var request = self
        request.datasets = datasets.map { dataset in
            guard case .directory(var directory) = dataset.source else { return dataset }
            directory.exclude += exclude
            directory.excludeCaches = directory.excludeCaches || excludeCaches
            directory.oneFileSystem = directory.oneFileSystem || oneFileSystem
            return Dataset(
                name: dataset.name, source: .directory(directory), preparation: dataset.preparation, expect: dataset.expect,
                claims: dataset.claims)
        }
        return request
    }
}
