/* Java NIO: a Selector, which is level-triggered epoll, and a DatagramChannel for each port.
 *
 * documented: receive() once for each selected key; an answer that the kernel refuses is dropped
 * (send() returns 0).
 * Stops by SIGTERM; without the hook the machine would tell that by status 143.
 * Trap: whoever forgets to remove a selected key finds it selected for ever. */
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;

public class NioEcho {
    static final int DATAGRAM_MAX = 65536;
    static final ByteBuffer DATAGRAM = ByteBuffer.allocateDirect(DATAGRAM_MAX);

    static void echo(DatagramChannel channel) {
        try {
            DATAGRAM.clear();
            SocketAddress from = channel.receive(DATAGRAM);
            if (from != null) {
                DATAGRAM.flip();
                channel.send(DATAGRAM, from);
            }
        } catch (IOException refused) {
            // What an ICMP message left behind is used up by reporting it.
        }
    }

    static void open(Selector selector, InetSocketAddress where) throws IOException {
        DatagramChannel channel = DatagramChannel.open();
        channel.configureBlocking(false);
        channel.bind(where);
        channel.register(selector, SelectionKey.OP_READ);
    }

    static void serve(Peer peer) throws IOException {
        Selector selector = Selector.open();
        for (int i = 0; i < peer.sockets; i++) {
            open(selector, peer.place(i));
        }
        while (true) {
            selector.select();
            for (SelectionKey key : selector.selectedKeys()) {
                echo((DatagramChannel) key.channel());
            }
            selector.selectedKeys().clear();
        }
    }

    public static void main(String[] words) {
        Peer peer = Peer.of(words, Peer.javaVersion(), "NioEcho", "documented");
        try {
            serve(peer);
        } catch (Throwable failed) {
            Peer.cannotRun(failed);
        }
    }
}
