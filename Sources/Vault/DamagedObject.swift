import Core
import Storage
import Tarball

extension ObjectStore {
    private static var pieceBytes: Int { 1 << 20 }

    /// Whether an object of this name is there and does not hold what the name says: since nothing is overwritten, the right
    /// bytes cannot be stored under it.
    func holdsDamaged(_ name: ObjectName, _ digest: SHA256Digest) throws(StoreError) -> Bool {
        let bytes: Int
        do { bytes = try size(name) } catch {
            if error.kind == .notFound { return false }
            throw error
        }
        var hasher = SHA256Hasher()
        do {
            for offset in stride(from: 0, to: bytes, by: Self.pieceBytes) {
                hasher.update(try read(name, range: offset..<min(bytes, offset + Self.pieceBytes)))
            }
        } catch {
            if error.isDamage { return true }
            throw error
        }
        return hasher.finish() != digest
    }
}
