/// Amounts as Kubernetes writes them: "500m", "1.5Gi", "2e3".
enum Quantity {
    private static let factors: [String: Double] = [
        "n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18, "Ki": 1024, "Mi": 0x1p20,
        "Gi": 0x1p30, "Ti": 0x1p40, "Pi": 0x1p50, "Ei": 0x1p60,
    ]

    /// nil for what is no amount. Good to compare by, and not to the last digit.
    static func value(_ quantity: ManifestValue?) -> Double? {
        guard let text = quantity?.text ?? quantity?.literal else { return nil }
        if let number = Double(text), number.isFinite { return number }
        let suffix = String(text.drop { "0123456789.+-".contains($0) })
        guard let factor = factors[suffix], let number = Double(text.dropLast(suffix.count)), number.isFinite else { return nil }
        return number * factor
    }
}
