import Foundation
import Glibc
import TestSupport
import Testing

@testable import Tarball
