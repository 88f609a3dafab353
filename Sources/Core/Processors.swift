import Glibc

/// How many processors this process may use: those it may run on (`sched_setaffinity(2)`), and no more than its control group pays for. A machine
/// may have sixty-four, and a pod on it a quota of two.
///
/// Source: proc(5), `cpu.max` in the kernel's cgroup-v2.rst, `cpu.cfs_quota_us` in sched-bwc.rst.
public enum Processors {
    private static let fileBytesMax = 1 << 20
    private static let levelsMax = 64

    /// At least one; found out once. `REKINDLE_PROCESSORS` sets another number, for a backup beside what must not be slowed down.
    public static let usable =
        set(getenv("REKINDLE_PROCESSORS").map { String(cString: $0) })
        ?? count(online: sysconf(Int32(_SC_NPROCESSORS_ONLN)), text)

    /// What an operator asks for; nil where it is no number of processors that a machine may have.
    static func set(_ text: String?) -> Int? { text.flatMap { Int($0) }.flatMap { (1...1024).contains($0) ? $0 : nil } }

    /// A file of the kernel's, which has no length before it is read; nil where it cannot be read or is longer than the limit.
    private static func text(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0, bytes.count + count <= fileBytesMax else { return nil }
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += chunk[..<count]
        }
    }

    /// - Parameter read: the text of a file of the kernel's, nil where there is none.
    static func count(online: Int, _ read: (String) -> String?) -> Int {
        let allowed = read("/proc/self/status").flatMap(affinity) ?? online
        let paid = read("/proc/self/cgroup").flatMap { quota($0, read) } ?? allowed
        return max(1, min(online, allowed, paid))
    }

    /// `Cpus_allowed_list: 0-3,8` is five.
    private static func affinity(_ status: String) -> Int? {
        let name = "Cpus_allowed_list:"
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(name) }) else { return nil }
        var count = 0
        for range in line.dropFirst(name.count).split(separator: ",") {
            let ends = range.split(separator: "-").compactMap { Int($0.filter(\.isNumber)) }
            guard let first = ends.first, let last = ends.last, last >= first, last - first < 1 << 16 else { return nil }
            count += last - first + 1
        }
        return count > 0 ? count : nil
    }

    /// The smallest quota on the way from this process's group to the top, in whole processors.
    private static func quota(_ groups: String, _ read: (String) -> String?) -> Int? {
        var found: Int?
        for line in groups.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3 else { continue }
            let isUnified = parts[1].isEmpty
            guard isUnified || parts[1].split(separator: ",").contains("cpu") else { continue }
            let root = isUnified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/cpu"
            for folder in way(parts[2]) {
                let place = root + folder
                let limit =
                    isUnified
                    ? unified(read("\(place)/cpu.max")) : classic(read("\(place)/cpu.cfs_quota_us"), read("\(place)/cpu.cfs_period_us"))
                if let limit { found = min(found ?? limit, limit) }
            }
        }
        return found
    }

    /// "/a/b", "/a", "": in a container the path may be that of the host, of which only the top is seen.
    private static func way(_ path: String) -> [String] {
        let names = path.split(separator: "/").prefix(levelsMax)
        return (0...names.count).map { names.prefix($0).map { "/\($0)" }.joined() }
    }

    /// `200000 100000`, or `max 100000`.
    private static func unified(_ text: String?) -> Int? {
        let words = (text ?? "").split { $0.isWhitespace }
        return words.count == 2 ? whole(Int(words[0]), Int(words[1])) : nil
    }

    private static func classic(_ quota: String?, _ period: String?) -> Int? {
        func number(_ text: String?) -> Int? { text.flatMap { Int($0.filter { !$0.isWhitespace }) } }
        return whole(number(quota), number(period))
    }

    private static func whole(_ quota: Int?, _ period: Int?) -> Int? {
        guard let quota, let period, quota > 0, period > 0, quota < 1 << 50 else { return nil }
        return (quota + period - 1) / period
    }
}
