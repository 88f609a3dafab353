import Glibc

/// This machine's name, as snapshots record it.
public enum Host {
    /// As `gethostname` has it; "unknown" where there is none.
    public static var name: String {
        var buffer = [UInt8](repeating: 0, count: 256)
        let code = buffer.withUnsafeMutableBytes { bytes in
            bytes.withMemoryRebound(to: CChar.self) { buffer in buffer.baseAddress.map { gethostname($0, 255) } ?? -1 }
        }
        return code == 0 ? String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self) : "unknown"
    }
}

/// This program, as records name what wrote them.
public enum Program {
    /// Name and version.
    public static let name = "rekindle 0.1.0"
}

extension Duration {
    /// Whole ones; what is less is dropped.
    public var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
