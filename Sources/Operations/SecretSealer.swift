import Age
import Crypto
import FileTree
import Foundation
import GitHistory
import Glibc
import Kubernetes
import Vault

/// Encrypts secrets for the history. A secret that has not changed keeps its ciphertext, or every night would change every file.
///
/// This machine cannot decrypt what it wrote. What has changed it knows by a keyed fingerprint of each secret, kept in the cache with its
/// key: without the key, which never leaves the cache, a fingerprint tells nobody anything. A lost cache costs one new ciphertext each.
struct SecretSealer {
    private static let fileName = "secrets"

    private struct Known: Equatable {
        let fingerprint: String
        let blob: String
    }

    private let path: String
    private let recipients: [AgeRecipient]
    private var key: SymmetricKey
    private var known: [String: Known] = [:]
    private var current: [String: Known] = [:]

    /// - Parameter folder: the policy's folder in the cache.
    init(folder: String, recipients: [AgeRecipient]) {
        path = "\(folder)/\(Self.fileName)"
        self.recipients = recipients
        key = SymmetricKey(size: .bits256)
        guard let bytes = try? Data(contentsOf: URL(fileURLWithPath: path)) else { return }
        read(String(decoding: bytes, as: UTF8.self))
    }

    /// One line with the key, then one for each secret. Whatever is not as we write it is made anew.
    private mutating func read(_ text: String) {
        let lines = text.split(separator: "\n")
        guard let first = lines.first, let bytes = Data(base64Encoded: String(first)), bytes.count == 32 else { return }
        key = SymmetricKey(data: bytes)
        for line in lines.dropFirst() {
            let fields = line.split(separator: " ", maxSplits: 2).map(String.init)
            if fields.count == 3 { known[fields[2]] = Known(fingerprint: fields[0], blob: fields[1]) }
        }
    }

    /// Stores the secret encrypted; returns the path and the content.
    ///
    /// - Parameter previous: what the last commit has, by path.
    mutating func seal(_ object: ManifestObject, previous: [String: GitBlob], into draft: GitDraft) throws -> (path: String, blob: GitBlob)
    {
        let path = object.path + ".age"
        let fingerprint = fingerprint(object)
        let blob: GitBlob
        if let known = known[path], known.fingerprint == fingerprint, let old = previous[path], old.hex == known.blob {
            blob = old
        } else {
            blob = try draft.store(try AgeEncryptor.armored(object.yaml, to: recipients), for: path)
        }
        current[path] = Known(fingerprint: fingerprint, blob: blob.hex)
        return (path, blob)
    }

    private func fingerprint(_ object: ManifestObject) -> String {
        let readers = recipients.map(\.description).sorted().joined(separator: " ")
        let code = HMAC<SHA256>.authenticationCode(for: Array("\(readers)\n\(object.path)\n".utf8) + object.yaml, using: key)
        return Data(code).base64EncodedString()
    }

    /// Keeps the fingerprints, those too of secrets that could not be looked at this time.
    ///
    /// - Parameter kept: the paths of the last commit that stay as they are.
    func save(kept: Set<String>) throws {
        let all = current.merging(known.filter { kept.contains($0.key) }) { new, _ in new }
        var text = key.withUnsafeBytes { Data($0).base64EncodedString() } + "\n"
        for (path, known) in all.sorted(by: { $0.key < $1.key }) { text += "\(known.fingerprint) \(known.blob) \(path)\n" }
        let temporary = "\(path).\(getpid())"
        unlink(temporary)
        let file = try OpenFile.open(temporary, O_WRONLY | O_CREAT | O_EXCL)
        try file.write(Array(text.utf8))
        guard rename(temporary, path) == 0 else { throw SystemError("write", path: path, code: errno) }
    }
}
