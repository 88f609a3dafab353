import Foundation
import Glibc
public import Testing

/// What this process may do: a test that needs more is skipped, with the reason, by `.enabled(if:)`.
public enum Rights {
    public static let isRoot = getuid() == 0
    public static let needsRoot: Comment = "only root can become somebody who may not"

    /// Mounting needs more than the name of root.
    public static let mayMount: Bool = succeeds("d=$(mktemp -d) && mount -t tmpfs none $d && umount $d && rmdir $d")
    public static let needsMounts: Comment = "this process may not mount a file system"

    public static let mayUnshare: Bool = succeeds("unshare -m true")
    public static let needsNamespaces: Comment = "this process may not have namespaces of its own"

    private static func succeeds(_ script: String) -> Bool {
        do { return try ChildProcess.run(["sh", "-c", script]).status == 0 } catch { return false }
    }
}
