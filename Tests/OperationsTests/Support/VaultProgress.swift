import Core
import Vault

/// The one of the vault: Foundation has another of that name.
typealias VaultProgress = Progress
