internal import CGit2

/// The difference of two texts in the form `patch` and people read.
public enum TextDiff {
    /// A unified diff as git prints it; nil means the file does not exist on that side, and equal texts give an empty string.
    ///
    /// Lines that are not UTF-8 are shown with replacement characters: this is for reading, not for applying.
    public static func unified(old: [UInt8]?, new: [UInt8]?, path: String, context: Int = 3) throws(GitError) -> String {
        try GitLibrary.start()
        guard old != new else { return "" }
        var options = git_diff_options()
        try git("prepare the comparison", path) { git_diff_options_init(&options, UInt32(GIT_DIFF_OPTIONS_VERSION)) }
        options.context_lines = UInt32(clamping: max(0, context))
        // A null pointer stands for "absent"; the added byte keeps an empty text from having one.
        let (oldBytes, newBytes) = (old.map { $0 + [0] }, new.map { $0 + [0] })
        let patch = try GitHandle("compare two texts", path, free: git_patch_free) {
            git_patch_from_buffers(&$0, oldBytes, old?.count ?? 0, path, newBytes, new?.count ?? 0, path, &options)
        }
        var text = git_buf()
        defer { git_buf_dispose(&text) }
        try git("print the comparison", path) { git_patch_to_buf(&text, patch.pointer) }
        return String(decoding: UnsafeRawBufferPointer(start: text.ptr, count: text.size), as: UTF8.self)
    }
}
