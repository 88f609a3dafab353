import Core
import FileTree
import Glibc
import PhotonicCore

/// What the files of a dataset must be, whatever is in them.
public struct FilesCheck: Sendable, Equatable {
    public let dataset: String
    /// At least so many files, and bytes in them.
    public var files: Int64?
    public var bytes: Int64?
    /// The newest is at most so much older than the snapshot.
    public var newest: Duration?
    /// Paths beneath the dataset that must be there.
    public var exist: [String] = []
    /// Files that say exactly this.
    public var canaries: [String: String] = [:]

    private static let source = "the policy"
    private static let canaryBytesMax = 1 << 20

    public init(dataset: String) { self.dataset = dataset }

    private struct Found {
        var files: Int64 = 0
        var bytes: Int64 = 0
        /// In seconds since 1970.
        var newest: Int64?
        var trouble: String?
    }

    /// - Parameter time: when the snapshot was made; nil where nobody knows.
    func run(_ directory: String, at time: Timestamp?, _ cancellation: Cancellation) throws -> Validation.Outcome {
        let found: Found
        do throws(SystemError) { found = try look(directory) } catch {
            return .init(.notVerified, "\(directory) cannot be listed: \(error.reason)")
        }
        try cancellation.check()
        if let trouble = found.trouble { return .init(.notVerified, trouble) }
        let checks =
            counted(found, time) + exist.map { isThere($0, directory) }
            + canaries.sorted { $0.key < $1.key }.map {
                says($0.key, $0.value, directory)
            }
        let failed = checks.filter { !$0.passed }
        return .init(
            failed.isEmpty ? .passed : .failed,
            failed.first.map { "\($0.name): \($0.sentence)" } ?? "\(found.files.counted("file")), \(checks.count.counted("check")) passed",
            checks: checks)
    }

    private func look(_ directory: String) throws(SystemError) -> Found {
        var found = Found()
        var walker = try Walker(root: try Directory.open(directory), oneFileSystem: false)
        while let event = walker.next(descend: { _ in true }) {
            switch event {
            case .file(let file) where file.status.kind == FileKind.regular:
                found.files += 1
                found.bytes = found.bytes.addingWithLimit(file.status.size)
                found.newest = max(found.newest ?? .min, file.status.modified.seconds)
            case .file: break
            case .failed(let path, let error):
                found.trouble = found.trouble ?? "\(PathText.text(path)) cannot be looked at: \(error.reason)"
            case .removed(let path): found.trouble = found.trouble ?? "\(PathText.text(path)) went away meanwhile"
            }
        }
        return found
    }

    private func counted(_ found: Found, _ time: Timestamp?) -> [CheckResult] {
        var checks = [("files", found.files, files), ("bytes", found.bytes, bytes)].compactMap { unit, value, least in
            least.map { least in
                CheckResult(
                    name: unit, value: Double(max(0, least - value)), expected: 0, unit: "\(unit) missing", source: Self.source,
                    note: "There are \(value), and at least \(least) belong here.")
            }
        }
        if let newest, let time {
            // Files may say any date.
            let age = found.newest.map { min(max(0, Double(time.milliseconds) / 1000 - Double($0)), 1e12) }
            let limit = Double(newest.milliseconds) / 1000
            checks.append(
                CheckResult(
                    name: "the newest file", value: age.map { max(0, $0 - limit) }, expected: 0, unit: "s too old", source: Self.source,
                    note: age.map { "It was \(Int($0)) s old when the snapshot was made." } ?? "There is no file."))
        }
        return checks
    }

    /// The directory that a path ends in, and its last name: through no link, which might lead to the living.
    private func parent(of path: String, _ directory: String) throws(SystemError) -> (Directory, name: [UInt8]) {
        let parts = path.split(separator: "/").map { Array($0.utf8) }
        var place = try Directory.open(directory)
        for part in parts.dropLast() { place = try place.openDirectory(part) }
        return (place, parts.last ?? [])
    }

    private func isThere(_ path: String, _ directory: String) -> CheckResult {
        var note = "There is no \(path)."
        var isThere = false
        do throws(SystemError) {
            let (place, name) = try parent(of: path, directory)
            isThere = try place.statusIfPresent(of: name) != nil
        } catch { if error.code != ENOENT { note = "\(path) cannot be looked at: \(error.reason)." } }
        return CheckResult(
            name: "\(path) is there", file: path, value: isThere ? 1 : 0, expected: 1, unit: CheckResult.isSo, source: Self.source,
            note: note)
    }

    private func says(_ path: String, _ text: String, _ directory: String) -> CheckResult {
        var note: String?
        do throws(SystemError) {
            let (place, name) = try parent(of: path, directory)
            // A pipe in its place must not make the check wait.
            guard try place.status(of: name).kind == FileKind.regular else {
                throw SystemError("read", path: place.path(of: name), code: EINVAL)
            }
            let bytes = try place.open(name, O_RDONLY | O_NONBLOCK).rest(limit: Self.canaryBytesMax)
            // The end of its line says nothing.
            if String(decoding: bytes, as: UTF8.self).trimmingSuffix("\n") != text.trimmingSuffix("\n") { note = "It says something else." }
        } catch { note = "It cannot be read: \(error.reason)." }
        return CheckResult(
            name: "\(path) says what it should", file: path, value: note == nil ? 1 : 0, expected: 1, unit: CheckResult.isSo,
            source: Self.source,
            note: note)
    }
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: String) -> String { hasSuffix(suffix) ? String(dropLast(suffix.count)) : self }
}
