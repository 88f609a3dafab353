import Glibc

/// FUZZ_TARGET chooses the parser.
private let target: @Sendable ([UInt8]) -> Void = {
    guard let name = getenv("FUZZ_TARGET"), let target = targets[String(cString: name)] else {
        print("FUZZ_TARGET must be one of: \(targets.keys.sorted().joined(separator: " "))")
        exit(2)
    }
    return target
}()

#if LIBFUZZER
    /// The sanitizer brings the main function.
    @_cdecl("LLVMFuzzerTestOneInput")
    public func fuzzOne(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
        target(Array(UnsafeBufferPointer(start: start, count: count)))
        return 0
    }
#else
    /// Without a sanitizer: `fuzz SECONDS INPUT SEED_FILE…` feeds mutations of the seeds. The file INPUT holds what was fed last.
    @main enum FuzzMain {
        private static let hang: UInt32 = 60

        static func main() throws {
            let arguments = CommandLine.arguments
            guard arguments.count >= 3, let seconds = Int(arguments[1]) else {
                print("fuzz SECONDS INPUT [SEED_FILE…]")
                exit(2)
            }
            let input = open(arguments[2], O_RDWR | O_CREAT | O_TRUNC, 0o600)
            guard input >= 0 else { throw Errno.last }
            var mutation = Mutation(seeds: try arguments.dropFirst(3).map(contents) + [[]])
            let end = ContinuousClock.now + .seconds(seconds)
            var count = 0
            // Every seed as it is, then mutations of them.
            while count < mutation.seeds.count || ContinuousClock.now < end {
                let bytes = count < mutation.seeds.count ? mutation.seeds[count] : mutation.next()
                guard ftruncate(input, 0) == 0, pwrite(input, bytes, bytes.count, 0) == bytes.count else { throw Errno.last }
                // An input without an end is a find as well: the alarm ends the program.
                alarm(hang)
                target(bytes)
                count += 1
            }
            print("seed \(mutation.start): \(count) inputs")
        }

        private static func contents(of path: String) throws -> [UInt8] {
            let file = open(path, O_RDONLY)
            guard file >= 0 else { throw Errno.last }
            defer { close(file) }
            var bytes = [UInt8](repeating: 0, count: 1 << 20)
            let count = read(file, &bytes, bytes.count)
            guard count >= 0 else { throw Errno.last }
            return Array(bytes[..<count])
        }

        private struct Errno: Error, CustomStringConvertible {
            let description: String

            static var last: Self { Self(description: String(cString: strerror(errno))) }
        }
    }
#endif
