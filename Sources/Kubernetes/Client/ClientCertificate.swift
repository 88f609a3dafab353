/// A certificate and its key, both PEM.
struct ClientCertificate: Sendable, Equatable {
    let certificate: [UInt8]
    let key: [UInt8]
    /// Where they come from, for messages.
    let origin: String
}
