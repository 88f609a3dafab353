/// Memory that is used again and again for results whose size has a bound, and that is not zeroed in between.
final class ScratchBuffer {
    /// Larger buffers are freed after use, so that one huge frame does not cost each thread its size for good.
    private static let keptBytesMax = 2 * stepBytes
    /// A little more than most frames: memory that grows in small steps leaves holes behind.
    private static let stepBytes = 3 << 20

    private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    deinit { memory.deallocate() }

    /// At least so many bytes, with anything in them.
    func bytes(_ count: Int) -> UnsafeMutableRawBufferPointer {
        if memory.count < count {
            memory.deallocate()
            memory = .allocate(byteCount: (count + Self.stepBytes - 1) / Self.stepBytes * Self.stepBytes, alignment: 16)
        }
        return memory
    }

    func trim() {
        guard memory.count > Self.keptBytesMax else { return }
        memory.deallocate()
        memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }
}
