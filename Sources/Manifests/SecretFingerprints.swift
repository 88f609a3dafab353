package import Core
import Crypto
import FileTree
import FoundationEssentials
package import GitHistory
import Glibc
import Kubernetes
import Vault

/// What tells whether a secret is still as it was encrypted, on a machine that cannot decrypt it.
///
/// A keyed fingerprint of each secret is kept in the cache with its key: without the key, which never leaves the cache, a fingerprint
/// tells nobody anything. A lost cache costs one new ciphertext each.
package struct SecretFingerprints {
    private struct Known: Equatable {
        let fingerprint: String
        let blob: String
    }

    private static let fileName = "secrets"

    private let path: String
    private var key = SymmetricKey(size: .bits256)
    /// Whom the secrets are encrypted to.
    private var readers = ""
    private var known: [String: Known] = [:]
    private var current: [String: Known] = [:]

    /// - Parameter folder: the policy's folder in the cache.
    package init(folder: String) throws(SystemError) {
        path = "\(folder)/\(Self.fileName)"
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try OpenFile.contents(of: path, limit: Self.bytesMax) } catch {
            // One that is there and cannot be read is no lost one: every secret would get new ciphertext.
            if error.isNotFound { return }
            throw error
        }
        read(String(decoding: bytes, as: UTF8.self))
    }

    /// Some million secrets.
    private static let bytesMax = 1 << 30

    /// A line with the key, one with the readers, then one for each secret. Whatever is not as we write it is made anew.
    private mutating func read(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 2, let bytes = Data(base64Encoded: String(lines[0])), bytes.count == 32 else { return }
        key = SymmetricKey(data: bytes)
        readers = String(lines[1])
        for line in lines.dropFirst(2) {
            let fields = line.split(separator: " ", maxSplits: 2).map(String.init)
            if fields.count == 3 { known[fields[2]] = Known(fingerprint: fields[0], blob: fields[1]) }
        }
    }

    /// For other readers everything is encrypted anew.
    package mutating func seal(for readers: String) {
        if self.readers != readers { known = [:] }
        self.readers = readers
    }

    /// Whether the blob, encrypted, holds this very text; nil where nobody here knows.
    ///
    /// - Parameter path: in the history.
    package func isSame(_ text: [UInt8], _ path: String, sealedAs blob: GitBlob) -> Bool? {
        guard let known = known[path], known.blob == blob.hex else { return nil }
        return known.fingerprint == fingerprint(text, path)
    }

    package mutating func note(_ text: [UInt8], _ path: String, sealedAs blob: GitBlob) {
        current[path] = Known(fingerprint: fingerprint(text, path), blob: blob.hex)
    }

    private func fingerprint(_ text: [UInt8], _ path: String) -> String {
        let name = path.hasSuffix(".age") ? path.dropLast(".age".count) : path[...]
        let code = HMAC<SHA256>.authenticationCode(for: Array("\(name)\n".utf8) + text, using: key)
        return Data(code).base64EncodedString()
    }

    /// Keeps the fingerprints, those too of secrets that could not be looked at this time.
    ///
    /// - Parameter kept: the paths of the last commit that stay as they are.
    package func save(kept: Set<String>) throws {
        let all = current.merging(known.filter { kept.contains($0.key) }) { new, _ in new }
        var text = key.withUnsafeBytes { Data($0).base64EncodedString() } + "\n\(readers)\n"
        for (path, known) in all.sorted(by: { $0.key < $1.key }) { text += "\(known.fingerprint) \(known.blob) \(path)\n" }
        let temporary = "\(path).\(getpid())"
        unlink(temporary)
        let file = try OpenFile.open(temporary, O_WRONLY | O_CREAT | O_EXCL)
        try file.write(Array(text.utf8))
        guard rename(temporary, path) == 0 else { throw SystemError("write", path: path, code: errno) }
    }
}
