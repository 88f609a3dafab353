/// The datasets that a backup makes of captured manifests: no directory may have their names.
public enum ReservedNames {
    /// The manifests as plain files.
    public static let manifests = "manifests"
    /// Their history, a bare git repository.
    public static let history = "manifests.git"

    /// Every one of them.
    public static let all: Set<String> = [manifests, history]
}
