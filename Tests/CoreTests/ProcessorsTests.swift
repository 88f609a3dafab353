import Testing

@testable import Core

/// How many threads a process may keep busy, as the kernel tells it. A machine with more processors than the one that runs this is pretended by the
/// files alone.
@Suite struct ProcessorsTests {
    private static let all = "Name:\tx\nCpus_allowed_list:\t0-63\n"

    static let machines: [(files: [String: String], count: Int)] = [
        ([:], 64), (["/proc/self/status": all], 64), (["/proc/self/status": "Cpus_allowed_list:\t0-2,8\n"], 4),
        (["/proc/self/status": "Cpus_allowed_list:\tno\n"], 64),
        // A pod with a quota of two, which sees its own group as the top.
        (["/proc/self/status": all, "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "200000 100000\n"], 2),
        (
            [
                "/proc/self/cgroup": "0::/a/b\n", "/sys/fs/cgroup/a/b/cpu.max": "max 100000\n",
                "/sys/fs/cgroup/a/cpu.max": "150000 100000\n",
            ], 2
        ),
        (["/proc/self/cgroup": "0::/a\n", "/sys/fs/cgroup/a/cpu.max": "50000 100000\n"], 1),
        (["/proc/self/cgroup": "0::/a\n", "/sys/fs/cgroup/a/cpu.max": "max 100000\n"], 64),
        // Version 1; the path is that of the host, and only the top is seen.
        (
            [
                "/proc/self/cgroup": "5:memory:/x\n4:cpu,cpuacct:/kubepods/y\n", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "300000\n",
                "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            ], 3
        ),
        (
            [
                "/proc/self/cgroup": "4:cpu:/\n", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
                "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            ], 64
        ),
        (["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "9223372036854775807 1\n"], 64),
    ]

    @Test(arguments: machines) func theSmallestLimitCounts(machine: (files: [String: String], count: Int)) {
        #expect(Processors.count(online: 64) { machine.files[$0] } == machine.count)
    }

    @Test func thisMachineHasSome() { #expect(Processors.usable >= 1 && Crew.size == Processors.usable) }

    @Test(arguments: [("2", 2), ("1024", 1024), ("0", nil), ("-1", nil), ("1025", nil), ("two", nil), ("", nil)] as [(String, Int?)])
    func anOperatorSetsAnotherNumber(text: String, count: Int?) { #expect(Processors.set(text) == count) }
}
