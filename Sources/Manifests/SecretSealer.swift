package import Age
package import Core
import FileTree
package import GitHistory
import Kubernetes

/// Encrypts secrets for the history. A secret that has not changed keeps its ciphertext, or every night would change every file.
package struct SecretSealer {
    private let recipients: [AgeRecipient]
    private var fingerprints: SecretFingerprints

    /// - Parameter folder: the policy's folder in the cache.
    package init(folder: String, recipients: [AgeRecipient]) throws(SystemError) {
        self.recipients = recipients
        fingerprints = try SecretFingerprints(folder: folder)
        fingerprints.seal(for: recipients.map(\.description).sorted().joined(separator: " "))
    }

    /// Stores a part of a secret encrypted, under a path of the history.
    ///
    /// - Parameter previous: what the last commit has, by path.
    package mutating func seal(_ text: [UInt8], at path: String, previous: [String: GitBlob], into draft: GitDraft) throws -> GitBlob {
        let blob: GitBlob
        if let old = previous[path], fingerprints.isSame(text, path, sealedAs: old) == true {
            blob = old
        } else {
            blob = try draft.store(try AgeEncryptor.armored(text, to: recipients), for: path)
        }
        fingerprints.note(text, path, sealedAs: blob)
        return blob
    }

    /// - Parameter kept: the paths of the last commit that stay as they are.
    package func save(kept: Set<String>) throws { try fingerprints.save(kept: kept) }
}
