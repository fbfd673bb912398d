/* Netty: a NioEventLoop, a NioDatagramChannel for each port and a pipeline behind it.
 *
 * documented: a SimpleChannelInboundHandler that writes in channelRead0() and flushes in
 * channelReadComplete().
 * What cannot be sent waits in the channel's outbound buffer, without a bound.
 * A turn reads one datagram: NioDatagramChannel.METADATA = new ChannelMetadata(true), whose
 * defaultMaxMessagesPerRead is 1 (4.1.48; 16 in later releases).
 * Stops by SIGTERM.
 * Trap: without a FixedRecvByteBufAllocator a datagram longer than 2048 bytes is cut. */
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.util.Version;

public class NettyEcho {
    static final int DATAGRAM_MAX = 65536;

    static class Echo extends SimpleChannelInboundHandler<DatagramPacket> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, DatagramPacket datagram) {
            context.write(new DatagramPacket(datagram.content().retain(), datagram.sender()));
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            context.flush();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable refused) {
            // What an ICMP message left behind is used up by reporting it.
        }
    }

    static void serve(Peer peer) throws InterruptedException {
        EventLoopGroup loop = new NioEventLoopGroup(1);
        Channel last = null;
        for (int i = 0; i < peer.sockets; i++) {
            last = new Bootstrap().group(loop).channel(NioDatagramChannel.class)
                .option(ChannelOption.RCVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(DATAGRAM_MAX))
                .handler(new Echo()).bind(peer.place(i)).sync().channel();
        }
        last.closeFuture().sync();
    }

    static String version() {
        String found = Version.identify().get("netty-transport").artifactVersion();
        return "Netty " + found.replace(".Final", "")
            + " (Java " + Runtime.version().feature() + ")";
    }

    public static void main(String[] words) {
        Peer peer = Peer.of(words, words.length == 1 ? version() : "", "NettyEcho", "documented");
        try {
            serve(peer);
        } catch (Throwable failed) {
            Peer.cannotRun(failed);
        }
    }
}
