#if Server
  import NIOCore

  /// Closes connections whose other end does not read what it is sent: they would be held for good.
  final class UnreadAnswerHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Never

    private let limit: TimeAmount
    private var closing: Scheduled<Void>?

    init(limit: Duration) { self.limit = TimeAmount(limit) }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
      closing?.cancel()
      closing = nil
      if !context.channel.isWritable {
        let channel = context.channel
        closing = context.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
      }
      context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
      closing?.cancel()
      context.fireChannelInactive()
    }
  }
#endif
