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
        // libgit2 copies nothing: texts and path stay where they are until the patch is printed. A null pointer stands for "absent".
        let (oldText, newText, name) = (BorrowedText(old), BorrowedText(new), BorrowedText(Array(path.utf8) + [0]))
        return try withExtendedLifetime((oldText, newText, name)) { () throws(GitError) in
            let patch = try GitHandle("compare two texts", path, free: git_patch_free) {
                git_patch_from_buffers(
                    &$0, oldText.start, oldText.count, name.start?.assumingMemoryBound(to: CChar.self), newText.start, newText.count,
                    name.start?.assumingMemoryBound(to: CChar.self), &options)
            }
            var text = git_buf()
            defer { git_buf_dispose(&text) }
            try git("print the comparison", path) { git_patch_to_buf(&text, patch.pointer) }
            return String(decoding: UnsafeRawBufferPointer(start: text.ptr, count: text.size), as: UTF8.self)
        }
    }
}

/// Bytes at an address that holds as long as this object lives.
private final class BorrowedText {
    let start: UnsafeMutableRawPointer?
    let count: Int

    init(_ bytes: [UInt8]?) {
        count = bytes?.count ?? 0
        // At least one byte, so that an empty text has an address too.
        start = bytes.map { bytes in
            let start = UnsafeMutableRawPointer.allocate(byteCount: max(1, bytes.count), alignment: 1)
            bytes.withUnsafeBytes {
                start.copyMemory(from: UnsafeRawPointer($0.baseAddress ?? UnsafeRawPointer(start)), byteCount: $0.count)
            }
            return start
        }
    }

    deinit { start?.deallocate() }
}
