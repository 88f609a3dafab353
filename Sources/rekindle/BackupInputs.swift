import Archiver
import ArgumentParser
import Core
import FileTree
import Glibc
import Operations
import Vault

/// What to back up, where no policy says it: directories, files, a list of them, what a pipe brings.
struct BackupInputs: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The paths of a file, a line each, or ended by NUL as `find -print0` does; - for standard input.", valueName: "file"),
        completion: .file())
    var filesFrom: String?
    @Option(help: ArgumentHelp("What standard input brings, as a file of this name.", valueName: "name")) var stdin: String?

    /// A list of paths is held in memory.
    private static let listBytesMax = 16 << 20
    private static let listMax = 100_000
    private static let nameBytesMax = 200

    var isEmpty: Bool { filesFrom == nil && stdin == nil }

    /// - Parameter paths: of the command line.
    func request(_ paths: [String]) throws -> BackupRequest {
        if filesFrom == "-", stdin != nil { throw UsageProblem.of("backup", "standard input is either a list of paths or a file") }
        var datasets = try paths.map { try Self.dataset($0) }
        if let filesFrom { datasets.append(try Self.dataset(listedIn: filesFrom)) }
        if let stdin { datasets.append(try Self.dataset(piped: stdin)) }
        // Two directories may end in the same name.
        var names: Set<String> = []
        datasets = datasets.map { dataset in
            var (name, number) = (dataset.name, 2)
            while !names.insert(name).inserted { (name, number) = ("\(dataset.name)-\(number)", number + 1) }
            return BackupRequest.Dataset(name: name, source: dataset.source)
        }
        if let taken = datasets.first(where: { ReservedNames.all.contains($0.name) }) {
            throw Failure(
                .usage, "the name \(taken.name) is kept for the manifests of a policy, and the directory has it too",
                hint: "Name a directory above it, or give it another name in a policy.")
        }
        return BackupRequest(policy: nil, datasets: datasets)
    }

    /// Named after the last component of its path.
    private static func dataset(_ path: String) throws -> BackupRequest.Dataset {
        guard let resolved = Directory.resolved(path) else {
            throw Failure(.usage, "cannot back up \(path): \(String(cString: strerror(errno)))")
        }
        guard let name = resolved.split(separator: "/").last.map(String.init) else {
            return BackupRequest.Dataset(name: "root", source: .directory(.init(path: resolved)))
        }
        // Whether a directory can be read is for the backup to say.
        do throws(SystemError) { _ = try Directory.open(resolved) } catch  where error.code == ENOTDIR {
            return try dataset(ofFile: resolved, name: name, as: path)
        } catch {}
        return BackupRequest.Dataset(name: name, source: .directory(.init(path: resolved)))
    }

    private static func dataset(ofFile resolved: String, name: String, as path: String) throws -> BackupRequest.Dataset {
        let parent = resolved.dropLast(name.count + 1)
        let directory = parent.isEmpty ? "/" : String(parent)
        let kind = try Directory.open(directory).status(of: PathText.bytes(name)).kind
        guard kind == .regular else {
            throw Failure(
                .usage, "cannot back up \(path): it is no file and no directory",
                hint: "What a program reads from it can be saved: `… | rekindle backup --stdin NAME`.")
        }
        var source = DirectorySource(path: directory)
        source.selection = PathSelection([PathText.bytes(name)])
        source.label = resolved
        return BackupRequest.Dataset(name: name, source: .directory(source))
    }

    private static func dataset(listedIn file: String) throws -> BackupRequest.Dataset {
        let text: [UInt8]
        do throws(SystemError) {
            text =
                try file == "-"
                ? OpenFile.duplicate(STDIN_FILENO, path: Array("standard input".utf8)).rest(limit: listBytesMax)
                : OpenFile.contents(of: file, limit: listBytesMax)
        } catch { throw Failure(.usage, "cannot read the list of files \(file): \(error.reason)") }
        let end: UInt8 = text.contains(0) ? 0 : UInt8(ascii: "\n")
        let paths = text.split(separator: end).map { $0.last == UInt8(ascii: "\r") && end != 0 ? Array($0.dropLast()) : Array($0) }
        guard !paths.isEmpty, paths.count <= listMax else {
            throw Failure(.usage, "the list \(file) names \(paths.count.counted("path")): it may be 1 to \(listMax)")
        }
        var source = DirectorySource(path: "/")
        source.selection = PathSelection(try paths.map(fromTop))
        source.label = "the list \(file == "-" ? "of standard input" : file)"
        return BackupRequest.Dataset(name: "files", source: .directory(source))
    }

    /// A path from the top of the file system on: links in the directories that lead to it are followed, as by every program, and what
    /// it names is not.
    private static func fromTop(_ path: [UInt8]) throws -> [UInt8] {
        let slash = UInt8(ascii: "/")
        var text = path
        while text.count > 1, text.last == slash { text.removeLast() }
        let name = text.lastIndex(of: slash).map { Array(text[($0 + 1)...]) } ?? text
        let parent = text.lastIndex(of: slash).map { Array(text[..<max($0, 1)]) } ?? [UInt8(ascii: ".")]
        guard !name.isEmpty, ![[46], [46, 46]].contains(name) else {
            throw Failure(.usage, "\(PathText.text(path)) in a list of files names no file", hint: "Write its whole path.")
        }
        // One that is not there is named with what could not be read, by the place that it was meant to have.
        let found = try Directory.resolved(PathText.text(parent)).map { PathText.bytes($0) } ?? absolute(parent)
        return Array((found + [slash] + name).split(separator: slash).joined(separator: [slash]))
    }

    private static func absolute(_ path: [UInt8]) throws -> [UInt8] {
        let here = path.first == UInt8(ascii: "/") ? [] : PathText.bytes(Directory.resolved(".") ?? "/")
        let components = (here + [UInt8(ascii: "/")] + path).split(separator: UInt8(ascii: "/")).map { Array($0) }
        guard !components.contains([46, 46]) else {
            throw Failure(.usage, "\(PathText.text(path)) in a list of files leads nowhere", hint: "Write whole paths, without \"..\".")
        }
        return [UInt8(ascii: "/")] + components.filter { $0 != [46] }.joined(separator: [UInt8(ascii: "/")])
    }

    private static func dataset(piped name: String) throws -> BackupRequest.Dataset {
        guard ![".", "..", ""].contains(name), !name.contains("/"), name.utf8.count <= nameBytesMax, TreePath(name) != nil else {
            throw UsageProblem.of("backup", "--stdin takes the name of a file, not \"\(name)\"")
        }
        if Output.isTerminal(STDIN_FILENO) {
            throw UsageProblem.of("backup", "standard input is a terminal: pipe something into --stdin")
        }
        let input = try OpenFile.duplicate(STDIN_FILENO, path: Array("standard input".utf8))
        return BackupRequest.Dataset(name: name, source: .input(input, file: name))
    }
}

/// What stays out of the directories that are backed up.
struct BackupExclusions: ParsableArguments {
    @Option(help: ArgumentHelp("Leave out what matches, with all beneath it; may be repeated.", valueName: "glob")) var exclude: [String] =
        []
    @Flag(help: "Leave out what is in directories marked by a CACHEDIR.TAG.") var excludeCaches = false
    @Option(
        help: ArgumentHelp("Leave out what is in directories that hold something of this name; may be repeated.", valueName: "name"))
    var excludeIfPresent: [String] = []
    @Option(help: ArgumentHelp("Leave out files that are larger: 100MB, 1GiB.", valueName: "size")) var excludeLargerThan: String?
    @Flag(help: "Do not go into other file systems.") var oneFileSystem = false

    /// The same request, with these on every directory.
    func adding(to request: BackupRequest) throws -> BackupRequest {
        let globs = try exclude.globs()
        let limit = try excludeLargerThan.map { text in
            guard let bytes = ByteSize.parse(text) else {
                throw UsageProblem.of("backup", "--exclude-larger-than \(text) is no size: write 100MB or 1GiB")
            }
            return bytes
        }
        if let wrong = excludeIfPresent.first(where: { $0.isEmpty || $0.contains("/") }) {
            throw UsageProblem.of("backup", "--exclude-if-present takes the name of a file, not \"\(wrong)\"")
        }
        var request = request
        request.datasets = request.datasets.map { dataset in
            guard case .directory(var directory) = dataset.source else { return dataset }
            directory.exclude += globs
            directory.excludeCaches = directory.excludeCaches || excludeCaches
            directory.excludeIfPresent += excludeIfPresent
            directory.excludeLargerThan = [directory.excludeLargerThan, limit].compactMap(\.self).min()
            directory.oneFileSystem = directory.oneFileSystem || oneFileSystem
            return BackupRequest.Dataset(
                name: dataset.name, source: .directory(directory), preparation: dataset.preparation, expect: dataset.expect,
                claims: dataset.claims)
        }
        return request
    }
}
