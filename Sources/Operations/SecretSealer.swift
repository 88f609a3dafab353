import Age
import GitHistory
import Kubernetes

/// Encrypts secrets for the history. A secret that has not changed keeps its ciphertext, or every night would change every file.
struct SecretSealer {
    private let recipients: [AgeRecipient]
    private var fingerprints: SecretFingerprints

    /// - Parameter folder: the policy's folder in the cache.
    init(folder: String, recipients: [AgeRecipient]) {
        self.recipients = recipients
        fingerprints = SecretFingerprints(folder: folder)
        fingerprints.seal(for: recipients.map(\.description).sorted().joined(separator: " "))
    }

    /// Stores the secret encrypted; returns the path and the content.
    ///
    /// - Parameter previous: what the last commit has, by path.
    mutating func seal(_ object: ManifestObject, previous: [String: GitBlob], into draft: GitDraft) throws -> (path: String, blob: GitBlob)
    {
        let path = object.path + ".age"
        let blob: GitBlob
        if let old = previous[path], fingerprints.isSame(object, path, sealedAs: old) == true {
            blob = old
        } else {
            blob = try draft.store(try AgeEncryptor.armored(object.yaml, to: recipients), for: path)
        }
        fingerprints.note(object, path, sealedAs: blob)
        return (path, blob)
    }

    /// - Parameter kept: the paths of the last commit that stay as they are.
    func save(kept: Set<String>) throws { try fingerprints.save(kept: kept) }
}
