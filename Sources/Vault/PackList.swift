public import Core
import Storage

/// The packs that a store lists, by their names: some fifty bytes for each of what may be hundreds of thousands.
public struct PackList: Sendable {
    /// One of them.
    public struct Pack: Sendable {
        /// Its name.
        public let digest: SHA256Digest
        /// How long it is.
        public let bytes: Int
        /// When it was written, in milliseconds since 1970, as the store knows it; nil where it does not.
        public let written: Int64?
    }

    /// Ascending.
    public let packs: [Pack]

    /// Reads the listing page by page. What others put beside the packs is left out.
    init(_ store: any ObjectStore) throws(StoreError) {
        var packs: [Pack] = []
        try store.eachObject(of: .packs) { object in
            if let digest = PackFile.digest(object.name) {
                packs.append(Pack(digest: digest, bytes: object.bytes, written: object.written))
            }
        }
        packs.sort { $0.digest < $1.digest }
        self.packs = packs
    }

    /// The pack of this name; nil when it is not there.
    func pack(_ digest: SHA256Digest) -> Pack? {
        var (low, high) = (0, packs.count)
        while low < high {
            let middle = (low + high) / 2
            if packs[middle].digest < digest { low = middle + 1 } else { high = middle }
        }
        return low < packs.count && packs[low].digest == digest ? packs[low] : nil
    }

    func contains(_ digest: SHA256Digest) -> Bool { pack(digest) != nil }
}
