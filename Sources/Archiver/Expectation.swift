import Core
import FileTree
import Tarball
package import Vault

/// What a dataset should hold when it is backed up: a disk that is not mounted and a dump that came to nothing look like data that
/// is gone, and a backup that takes them for good pushes out the last one that has it.
public struct Expectation: Sendable, Equatable {
    /// At least so much.
    public var files: Int64?
    public var bytes: Int64?
    /// The percentage that may be gone since the last nights.
    public var shrink = Self.shrinkStandard

    public static let shrinkStandard = 50
    /// Nights whose middle counts: one that was odd in itself does not.
    private static let nightsMax = 7

    /// A few lines less are no loss.
    private static let bytesMin: Int64 = 4096

    public init() {}

    /// Why the dataset may not be what it should.
    ///
    /// - Parameter nights: the same dataset in the last snapshots, the newest first, up to one that was accepted.
    package func doubts(of dataset: SnapshotRecord.Dataset, after nights: [SnapshotRecord.Dataset], isOutput: Bool) -> [String] {
        // Of a file that can never be read, every night has only a part: those count too.
        let sound = Array(nights.filter { ($0.doubts ?? []).isEmpty && $0.outcome != .failed }.prefix(Self.nightsMax))
        return lacks(dataset, isOutput) + losses(dataset, sound) + mountsLost(dataset, sound.first)
    }

    private func lacks(_ dataset: SnapshotRecord.Dataset, _ isOutput: Bool) -> [String] {
        var doubts: [String] = []
        if isOutput, dataset.bytes == 0, bytes.map({ $0 > 0 }) ?? true { doubts.append("the command wrote nothing: 0 bytes") }
        if let files, dataset.files < files { doubts.append("\(Self.count(dataset.files)), and the policy expects \(files) or more") }
        if let bytes, dataset.bytes < bytes { doubts.append("\(dataset.bytes) bytes, and the policy expects \(bytes) or more") }
        return doubts
    }

    private func losses(_ dataset: SnapshotRecord.Dataset, _ nights: [SnapshotRecord.Dataset]) -> [String] {
        let (files, bytes) = (Self.median(nights.map(\.files)), Self.median(nights.map(\.bytes)))
        if files > 0, dataset.files == 0 { return ["it is empty, and had \(Self.count(files)): is its disk mounted?"] }
        var doubts: [String] = []
        if isLoss(dataset.files, of: files) { doubts.append("only \(Self.count(dataset.files)), of \(files) in the last nights") }
        if isLoss(dataset.bytes, of: bytes), bytes - dataset.bytes >= Self.bytesMin {
            doubts.append("only \(dataset.bytes) bytes, of \(bytes) in the last nights")
        }
        return doubts
    }

    private func isLoss(_ now: Int64, of before: Int64) -> Bool {
        now < before && Double(before - now) * 100 > Double(before) * Double(shrink)
    }

    private func mountsLost(_ dataset: SnapshotRecord.Dataset, _ before: SnapshotRecord.Dataset?) -> [String] {
        let now = Set(dataset.mounts ?? [])
        // A place that is gone, or that was not walked into tonight, says nothing.
        return (before?.mounts ?? []).filter { !now.contains($0) && Mounts.isBare($0) }
            .map { "nothing is mounted at \($0) any more, as there was" }
    }

    private static func count(_ files: Int64) -> String { "\(files) \(files == 1 ? "file" : "files")" }

    private static func median(_ numbers: [Int64]) -> Int64 { numbers.isEmpty ? 0 : numbers.sorted()[(numbers.count - 1) / 2] }
}
