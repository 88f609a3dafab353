public import Core
import Tarball
package import Vault

/// What a verification read and what came of it, as it is written into the vault.
public struct VerifyEvidence: Sendable, Codable {
    public let version: Int
    public let time: Timestamp
    public let host: String
    public let program: String
    public let vault: String
    /// Whether everything was decoded and compared, not only the stored bytes.
    public let isDeep: Bool
    /// "3/7" where a part was read; nil for all of it, or for what one snapshot needs.
    public let sample: String?
    public let snapshot: String?
    public let packs: Int
    public let packsRead: Int
    public let bytesRead: Int64
    public let damage: Int
    public let affectedSnapshots: Int
    /// Their ids, the first thousand; nil in evidence from before they were named.
    public let affected: [String]?
    public let durationMilliseconds: Int64

    private static let affectedMax = 1000

    /// Whether this run, which found nothing, has looked at all that an earlier one had looked at, and as closely.
    package func covers(_ earlier: VerifyEvidence) -> Bool {
        let isAsWide =
            snapshot == nil ? sample == nil || (sample == earlier.sample && earlier.snapshot == nil) : snapshot == earlier.snapshot
        return isAsWide && (isDeep || !earlier.isDeep)
    }

    package init(_ report: VerifyReport, _ options: VerifyOptions, _ vault: Vault, time: Timestamp) {
        version = 2
        self.time = time
        host = Host.name
        program = Program.name
        self.vault = vault.header.id
        isDeep = options.isDeep
        sample = options.sample.map { "\($0.number)/\($0.count)" }
        snapshot = options.snapshot?.id.hex
        packs = report.packs
        packsRead = report.packsRead
        bytesRead = report.bytesRead
        damage = report.damage.count
        affectedSnapshots = report.affected.count
        affected = report.affected.prefix(Self.affectedMax).map(\.snapshot.hex)
        durationMilliseconds = report.durationMilliseconds
    }
}
