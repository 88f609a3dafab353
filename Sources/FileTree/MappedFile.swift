public import Core
import Glibc

/// A file mapped for reading: its pages belong to the kernel's cache, not to this program's memory.
///
/// Sendable: the mapping is read-only and lives as long as the object. The file must not be shortened meanwhile; those mapped
/// here are made by this program and replaced, never changed.
public final class MappedFile: @unchecked Sendable {
    /// Bytes.
    public let count: Int
    private let base: UnsafeRawPointer?

    /// The file may be closed; it must not shrink.
    public init(_ file: OpenFile) throws(SystemError) {
        count = Int(try file.status().size)
        guard count > 0 else {
            base = nil
            return
        }
        guard let address = mmap(nil, count, PROT_READ, MAP_SHARED, file.descriptor, 0), address != MAP_FAILED else {
            throw SystemError("map", path: file.path, code: errno)
        }
        base = UnsafeRawPointer(address)
    }

    deinit { if let base { munmap(UnsafeMutableRawPointer(mutating: base), count) } }

    /// A checksum of the bytes from `start` on, made at the speed of memory: against damage, not against forgery.
    public func checksum(from start: Int) -> UInt64 {
        var lanes = SIMD4<UInt64>(1, 2, 3, 4)
        var offset = start
        while offset + 32 <= count {
            lanes = Self.mix(lanes ^ load(at: offset, as: SIMD4<UInt64>.self))
            offset += 32
        }
        while offset < count {
            lanes = Self.mix(lanes ^ SIMD4(repeating: UInt64(load(at: offset, as: UInt8.self))))
            offset += 1
        }
        var sum = SIMD4(repeating: UInt64(count))
        for lane in 0..<4 { sum = Self.mix(sum ^ SIMD4(repeating: lanes[lane])) }
        return sum[0]
    }

    /// One-to-one, so that a change of one word always changes the result; the rotation lets its high bits reach the low ones.
    @inline(__always)
    private static func mix(_ lanes: SIMD4<UInt64>) -> SIMD4<UInt64> {
        let product = lanes &* 0x9E37_79B9_7F4A_7C15
        return product &<< 29 | product &>> 35
    }

    /// The value at byte `offset`, in the machine's byte order.
    @inline(__always)
    public func load<Value: BitwiseCopyable>(at offset: Int, as type: Value.Type) -> Value {
        precondition(offset >= 0 && offset + MemoryLayout<Value>.size <= count)
        return base.unsafelyUnwrapped.loadUnaligned(fromByteOffset: offset, as: type)
    }
}
