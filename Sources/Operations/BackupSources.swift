import FileTree
import GitHistory
import Kubernetes
import Tarball
import Vault

/// Makes of a request's datasets what is stored: manifests become two, and all stand in the order of the tree.
struct BackupSources {
    private let request: BackupRequest
    private let history: ManifestHistory

    init(_ request: BackupRequest, history: ManifestHistory) {
        self.request = request
        self.history = history
    }

    /// Reads and commits the manifests; a dataset that cannot be captured is named in the report and left out.
    func resolve(_ report: inout BackupReport) throws -> (sources: [BackupSource], commit: String?) {
        var sources: [BackupSource] = []
        var commit: String?
        for dataset in request.datasets {
            switch dataset.source {
            case .directory(let directory):
                sources.append(
                    BackupSource(
                        name: dataset.name, origin: directory.path, content: .directory(directory), before: dataset.before,
                        after: dataset.after))
            case .command(let command, let file):
                sources.append(
                    BackupSource(
                        name: dataset.name, origin: "`\(command.text)`", content: .command(command, file: file), before: dataset.before,
                        after: dataset.after))
            case .manifests(let directory):
                commit = try capture(directory, into: &sources, &report)
            }
        }
        return (sources.sorted { Array($0.name.utf8).lexicographicallyPrecedes(Array($1.name.utf8)) }, commit)
    }

    /// The manifests as plain files and their history, both as datasets; returns the commit that holds them.
    private func capture(_ directory: String, into sources: inout [BackupSource], _ report: inout BackupReport) throws -> String? {
        var commit: LogEntry?
        do {
            // First, since today's manifests may be unreadable: what was committed before is worth as much as ever.
            if !request.isDryRun { try history.fetch(&report) }
            let objects = try ManifestDirectory.read(directory)
            if request.isDryRun {
                report.note("manifests: \(objects.count) objects; they are committed when the backup runs")
                return nil
            }
            commit = try history.commit(objects, &report)
            let files = objects.compactMap { object in TreePath(object.path).map { (path: $0, content: object.yaml) } }
            guard files.count == objects.count else { throw VaultError(.failed, "an object's file name is no path") }
            let time = TreeEntry.Time(seconds: commit?.time ?? 0, nanoseconds: 0)
            sources.append(BackupSource(name: ManifestHistory.filesName, origin: directory, content: .files(files, time: time)))
        } catch let error as ManifestError {
            report.fail(SnapshotRecord.Dataset(name: ManifestHistory.filesName, source: directory), "\(error)")
        } catch let error as GitError {
            report.fail(SnapshotRecord.Dataset(name: ManifestHistory.filesName, source: directory), "\(error)")
        }
        if history.exists {
            let source = BackupRequest.DirectorySource(path: history.path)
            sources.append(BackupSource(name: ManifestHistory.repositoryName, origin: history.path, content: .directory(source)))
        }
        return commit?.id.hex
    }
}
