package import FileTree
package import Tarball

extension TreeEntry.Time {
    package init(_ time: FileTime) { self.init(seconds: time.seconds, nanoseconds: time.nanoseconds) }
}
