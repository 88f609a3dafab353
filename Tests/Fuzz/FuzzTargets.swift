// Every parser, fed with made-up input. A crash, a trap or a hang is a find; a refusal is what we want.
import Age
import Core
import Glibc
import Operations
import PhotonicCore
import Policy
import Storage
import Tarball

@testable import Kubernetes
@testable import Vault

private let identity = AgeIdentity.generate()

private let dataFolder: String = {
    let path = "/dev/shm/rekindle-fuzz-\(getpid())"
    mkdir(path, 0o700)
    return path
}()

private let everyCheck: PhotonicCore.Suite = {
    let text = """
        version: 1
        name: fuzz
        checks:
        - array: {file: file}
        - mesh: {file: file, modes: 4}
        - scattering: {file: file, reciprocity: 0.1}
        - netlist: {file: file, calibration: file}
        - calibration: {file: file, errors: {resonance_wavelength: 1}}
        - rings: {netlist: file, calibration: file, effectiveIndex: 2.4, groupIndex: 4.2, reference: 1.55e-6, tolerance: 1e-9}
        - spikes: {file: file, channels: 16, conserves: file}
        - checkpoint: {file: file}
        """
    guard let suite = try? PhotonicCore.Suite.parse(text, file: "fuzz.yaml") else { fatalError("the suite is wrong") }
    return suite
}()

let targets: [String: @Sendable ([UInt8]) -> Void] = [
    "mtree": { bytes in
        var parser = MtreeParser()
        // In two pieces, so that an entry may be cut anywhere.
        let middle = Int(bytes.first ?? 0) * bytes.count / 256
        for piece in [bytes[..<middle], bytes[middle...]] {
            parser.feed(Array(piece))
            while case .success(let parsed?) = Result(catching: { try parser.next() }) {
                // What is accepted is written back byte for byte.
                var text: [UInt8] = []
                MtreeWriter.append(parsed.entry, to: &text)
                precondition(text == parsed.text, "a second spelling was accepted")
            }
        }
        _ = Result { try parser.finish() }
    },
    "vis": { bytes in
        guard let decoded = VisEncoding.decode(bytes[...]) else { return }
        var text: [UInt8] = []
        VisEncoding.append(decoded, to: &text)
        precondition(text == bytes, "a second spelling was accepted")
    },
    "path": { bytes in
        guard let path = TreePath(bytes) else { return }
        precondition(!path.components.contains { $0.isEmpty || $0.elementsEqual("..".utf8) || $0.elementsEqual(".".utf8) })
    },
    "member": { bytes in
        var offset = 0
        while let member = BlobMember.read(bytes, at: offset) { offset += BlobMember.tarBytes(size: member.content.count) }
    },
    "frame": { bytes in
        for size in [0, 1024, 2 << 20] { _ = Result { try FrameCodec().open(bytes, tarBytes: size) } }
        _ = Result { try ZstdDecompressor().decompress(document: bytes, limit: 1 << 20) }
    },
    "seek-table": { bytes in _ = SeekTable(encoded: bytes, packBytes: Int(bytes.first ?? 0) * 4096 + bytes.count) },
    "index": { bytes in
        guard let stored = try? ZstdCompressor(level: 1).compress(bytes.span.bytes) else { return }
        _ = Result { try IndexFile.decode(stored, name: "fuzz") { entry in precondition(entry.location.isSane) } }
    },
    "recipe": { bytes in
        guard let recipe = Recipe(text: bytes) else { return }
        precondition(recipe.text == bytes, "a second spelling was accepted")
    },
    "record": { bytes in _ = Result { try SnapshotRecord(encoded: bytes, name: "fuzz") } },
    "header": { bytes in _ = Result { try VaultHeader(encoded: bytes, location: "fuzz") } },
    "time": { bytes in _ = Timestamp(String(decoding: bytes, as: UTF8.self))?.description },
    "glob": { bytes in
        let parts = bytes.split(separator: 0, maxSplits: 1)
        guard let first = parts.first, let glob = Glob(String(decoding: first, as: UTF8.self)) else { return }
        _ = glob.covers(Array(parts.last ?? []))
        _ = glob.matches(Array(parts.last ?? []))
    },
    "suite": { bytes in _ = Result { try PhotonicCore.Suite.parse(String(decoding: bytes, as: UTF8.self), file: "fuzz.yaml") } },
    "witness": { bytes in
        guard let witness = try? Witness(encoded: bytes) else { return }
        let report = everyCheck.run(directory: dataFolder, reusing: witness.reusable)
        _ = report.changes(since: WitnessBaseline(witness), of: everyCheck)
    },
    // The same bytes as every kind of file that the self-tests read.
    "data": { bytes in
        let file = open("\(dataFolder)/file", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard file >= 0 else { return }
        _ = bytes.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        close(file)
        for check in everyCheck.run(directory: dataFolder).checks where !check.passed {
            precondition(check.note != nil || check.value != nil, "a failed check without a word")
        }
    },
    "policy": { bytes in _ = Result { try Policy.parse(String(decoding: bytes, as: UTF8.self), file: "fuzz.yaml") } },
    "json": { bytes in
        guard case .success(let value) = Result(catching: { try JSONReader.value(bytes[...]) }) else { return }
        // What was read is written as a manifest that reads back as the same.
        let text = CanonicalYAML.encode(value)
        precondition(CanonicalYAML.decode(text)?.isSame(as: value) == true, "a restore would not read what a backup wrote")
        guard let again = try? YAMLReader.values(DocumentText(text: String(decoding: text, as: UTF8.self), line: 1)) else { return }
        precondition(again.isEmpty || CanonicalYAML.encode(again[0].value) == text, "the manifest means something else")
    },
    "list": { bytes in
        var splitter = ListSplitter()
        let middle = Int(bytes.first ?? 0) * bytes.count / 256
        for piece in [bytes[..<middle], bytes[middle...]] { _ = Result { try splitter.feed(Array(piece)) } }
    },
    "age": { bytes in _ = Result { try AgeDecryptor.open(bytes, with: [identity]) } },
    "kubeconfig": { bytes in
        guard let value = try? YAMLText.documents(bytes).flatMap({ try YAMLReader.values($0) }).first?.value else { return }
        let key = ObjectKey(group: "", kind: value["kind"]?.string ?? "", namespace: nil, name: "n")
        _ = ServerFields.removed(from: value, key) { _, _ in true }
        _ = Result { try Kubeconfig(value, directory: "", path: "fuzz").access(context: nil) }
    },
    "manifest": { bytes in
        _ = Result {
            for document in try YAMLText.documents(bytes) {
                for item in try YAMLReader.values(document).flatMap({ try ObjectList.flatten($0) }) { _ = try ManifestObject(item) }
            }
        }
    },
]
