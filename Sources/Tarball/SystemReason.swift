import Glibc

/// The kernel's reason for what libarchive calls an error of writing. Its own codes are negative, but for the one of a format.
func systemReason(_ code: Int32) -> String? {
    code > 0 && code != EILSEQ ? String(cString: strerror(code)) : nil
}
