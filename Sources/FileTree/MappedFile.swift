import Glibc

/// A file mapped for reading: its pages belong to the kernel's cache, not to this program's memory.
///
/// Sendable: the mapping is read-only and lives as long as the object. The file must not be shortened meanwhile; those mapped
/// here are made by this program and replaced, never changed.
public final class MappedFile: @unchecked Sendable {
    public let count: Int
    private let base: UnsafeRawPointer?

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

    /// The value at byte `offset`, in the machine's byte order.
    @inline(__always)
    public func load<Value: BitwiseCopyable>(at offset: Int, as type: Value.Type) -> Value {
        precondition(offset >= 0 && offset + MemoryLayout<Value>.size <= count)
        return base.unsafelyUnwrapped.loadUnaligned(fromByteOffset: offset, as: type)
    }
}
