#if Server
  import Dispatch
  import Foundation
  import Serving

  /// Reads the file of keys again at SIGHUP.
  struct KeyReloading {
    private let source: any DispatchSourceSignal

    init(_ keys: KeyRing) {
      signal(SIGHUP, SIG_IGN)
      source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: .global())
      source.setEventHandler {
        do {
          try keys.reload()
          StandardError.note("the keys were read again")
        } catch {
          StandardError.write("error: \(error) The keys that were known stay.\n")
        }
      }
      source.resume()
    }

    func stop() { source.cancel() }
  }
#endif
