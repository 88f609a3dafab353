package import Core
package import Foundation

/// Through which proxy a server is reached: what was configured, else HTTPS_PROXY and NO_PROXY, as curl and Go read them.
package enum ProxyChoice {
    package struct Proxy: Equatable {
        package let isSOCKS: Bool
        package let host: String
        package let port: Int
        package let user: String?
        package let password: String?
    }

    package static func proxy(for server: URL, configured: String?, environment: [String: String]) throws(Failure) -> Proxy? {
        if let configured { return try parse(configured) }
        let name = server.scheme == "http" ? "HTTP_PROXY" : "HTTPS_PROXY"
        guard let text = value(name, environment), let host = server.host else { return nil }
        let isExempt = isExempt(host, port: server.port, value("NO_PROXY", environment) ?? "")
        return isExempt ? nil : try parse(text)
    }

    private static func value(_ name: String, _ environment: [String: String]) -> String? {
        [name, name.lowercased()].compactMap { environment[$0] }.first { !$0.isEmpty }
    }

    private static func parse(_ text: String) throws(Failure) -> Proxy {
        guard let url = URL(string: text.contains("://") ? text : "http://\(text)"), let scheme = url.scheme, let host = url.host,
            ["http", "socks5", "socks5h"].contains(scheme)
        else {
            throw Failure(.usage, "a proxy is neither http:// nor socks5://: see HTTPS_PROXY, or proxy-url in the kubeconfig")
        }
        let isSOCKS = scheme.hasPrefix("socks")
        return Proxy(
            isSOCKS: isSOCKS, host: host, port: url.port ?? (isSOCKS ? 1080 : 80), user: url.user?.removingPercentEncoding,
            password: url.password?.removingPercentEncoding)
    }

    /// Loopback never goes through a proxy. A name in the list covers what ends with it; addresses may be given as CIDR.
    package static func isExempt(_ host: String, port: Int?, _ list: String) -> Bool {
        let host = host.lowercased()
        if host == "localhost" || host.hasPrefix("127.") || host == "::1" { return true }
        return list.lowercased().split(whereSeparator: { $0 == "," || $0 == " " }).contains { entry in
            if entry == "*" { return true }
            var name = entry
            if entry.count(where: { $0 == ":" }) == 1, let colon = entry.lastIndex(of: ":") {
                guard Int(entry[entry.index(after: colon)...]) == port else { return false }
                name = entry[..<colon]
            }
            if name.contains("/") { return isWithin(host, name) }
            let bare = name.hasPrefix("*.") ? name.dropFirst(2) : name.hasPrefix(".") ? name.dropFirst() : name
            return host == bare || host.hasSuffix("." + bare)
        }
    }

    /// IPv4 only: nobody writes others here.
    private static func isWithin(_ host: String, _ network: Substring) -> Bool {
        let parts = network.split(separator: "/")
        guard parts.count == 2, let bits = UInt32(parts[1]), bits <= 32, let guest = address(host[...]), let base = address(parts[0]) else {
            return false
        }
        return bits == 0 || guest >> (32 - bits) == base >> (32 - bits)
    }

    private static func address(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { UInt32($0) }
        guard parts.count == 4 else { return nil }
        return parts.reduce(UInt32?(0)) { sum, part in
            guard let sum, let part, part <= 255 else { return nil }
            return sum << 8 | part
        }
    }
}
