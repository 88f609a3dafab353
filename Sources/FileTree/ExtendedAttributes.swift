import CLinux
public import Core
import Glibc

/// One extended attribute: its full name (`user.origin`, `system.posix_acl_access`) and its value, both bytes.
///
/// POSIX ACLs are kept in the kernel's own attribute form, which loses nothing.
public struct ExtendedAttribute: Sendable, Hashable {
    /// With its namespace: `user.comment`.
    public let name: [UInt8]
    /// Any bytes.
    public let value: [UInt8]

    /// See the properties.
    public init(name: [UInt8], value: [UInt8]) {
        self.name = name
        self.value = value
    }
}

extension OpenFile {
    /// All extended attributes, sorted by name; none where the file system has none to offer.
    public func extendedAttributes() throws(SystemError) -> [ExtendedAttribute] {
        try readAttributes(
            path, list: { flistxattr(descriptor, $0, $1) }, get: { fgetxattr(descriptor, $0, $1, $2) })
    }

    /// Replaces one of that name.
    public func setExtendedAttribute(_ attribute: ExtendedAttribute) throws(SystemError) {
        _ = try checked("set the attribute \(String(decoding: attribute.name, as: UTF8.self)) of", path) {
            withTerminated(attribute.name) { name in
                attribute.value.withUnsafeBytes { fsetxattr(descriptor, name, $0.baseAddress, $0.count, 0) }
            }
        }
    }

    /// One that is not there is ENODATA.
    public func removeExtendedAttribute(_ name: [UInt8]) throws(SystemError) {
        _ = try checked("remove the attribute \(String(decoding: name, as: UTF8.self)) of", path) {
            withTerminated(name) { fremovexattr(descriptor, $0) }
        }
    }
}

extension Directory {
    /// The attributes of `name` itself, which may be a link or a node that cannot be opened.
    public func extendedAttributes(of name: [UInt8]) throws(SystemError) -> [ExtendedAttribute] {
        let link = procPath(of: name)
        return try readAttributes(
            path(of: name),
            list: { buffer, size in withTerminated(link) { llistxattr($0, buffer, size) } },
            get: { attribute, buffer, size in withTerminated(link) { lgetxattr($0, attribute, buffer, size) } })
    }

    /// Of a name in the directory; of a link itself.
    public func setExtendedAttribute(_ attribute: ExtendedAttribute, of name: [UInt8]) throws(SystemError) {
        _ = try checked("set the attribute \(String(decoding: attribute.name, as: UTF8.self)) of", path(of: name)) {
            withTerminated(procPath(of: name)) { link in
                withTerminated(attribute.name) { attributeName in
                    attribute.value.withUnsafeBytes { lsetxattr(link, attributeName, $0.baseAddress, $0.count, 0) }
                }
            }
        }
    }

    /// Of a name in the directory; of a link itself.
    public func removeExtendedAttribute(_ attribute: [UInt8], of name: [UInt8]) throws(SystemError) {
        _ = try checked("remove the attribute \(String(decoding: attribute, as: UTF8.self)) of", path(of: name)) {
            withTerminated(procPath(of: name)) { link in withTerminated(attribute) { lremovexattr(link, $0) } }
        }
    }

    /// Linux has no `lgetxattrat`: the descriptor's name under /proc stands in for the directory.
    private func procPath(of name: [UInt8]) -> [UInt8] {
        Array("/proc/self/fd/\(file.descriptor)/".utf8) + name
    }
}

private typealias ListCall = (UnsafeMutablePointer<CChar>?, Int) -> Int
private typealias GetCall = (UnsafePointer<CChar>, UnsafeMutableRawPointer?, Int) -> Int

/// The kernel's own limits: 64 KiB for the list of names and for one value.
private let attributeBytesMax = 65_536

private func readAttributes(_ path: [UInt8], list: ListCall, get: GetCall) throws(SystemError) -> [ExtendedAttribute] {
    // Asking for the size first makes the common answer, none, one cheap call.
    let size = list(nil, 0)
    if size == 0 { return [] }
    if size < 0 {
        if errno == ENOTSUP { return [] }
        throw SystemError("list the attributes of", path: path, code: errno)
    }
    var names = [CChar](repeating: 0, count: attributeBytesMax)
    let length = names.withUnsafeMutableBufferPointer { list($0.baseAddress, $0.count) }
    if length < 0 { throw SystemError("list the attributes of", path: path, code: errno) }
    var attributes: [ExtendedAttribute] = []
    var value = [UInt8](repeating: 0, count: attributeBytesMax)
    for name in names[..<length].split(separator: 0) {
        let bytes = name.map { UInt8(bitPattern: $0) }
        let count = withTerminated(bytes) { name in value.withUnsafeMutableBytes { get(name, $0.baseAddress, $0.count) } }
        if count < 0 {
            if errno == ENODATA { continue }
            throw SystemError("read the attribute \(String(decoding: bytes, as: UTF8.self)) of", path: path, code: errno)
        }
        attributes.append(ExtendedAttribute(name: bytes, value: Array(value[..<count])))
    }
    return attributes.sorted { $0.name.lexicographicallyPrecedes($1.name) }
}
