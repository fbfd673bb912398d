/* Java's virtual threads: one for each port that seems to block; below lies a poller of the
 * machine's own.
 *
 * documented: DatagramSocket.receive() and send() on virtual threads (21).
 * Stops by SIGTERM.
 * Trap: what pins its carrier, as synchronized did before 24, holds a thread of the system. */
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.util.ArrayList;
import java.util.List;

public class VirtualEcho {
    static final int DATAGRAM_MAX = 65536;

    static void echoForEver(DatagramSocket socket) {
        byte[] bytes = new byte[DATAGRAM_MAX];
        while (true) {
            try {
                DatagramPacket datagram = new DatagramPacket(bytes, bytes.length);
                socket.receive(datagram);
                socket.send(datagram);
            } catch (IOException refused) {
                // What an ICMP message left behind is used up by reporting it.
            }
        }
    }

    static void serve(Peer peer) throws IOException, InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < peer.sockets; i++) {
            DatagramSocket socket = new DatagramSocket(peer.place(i));
            threads.add(Thread.ofVirtual().start(() -> echoForEver(socket)));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    public static void main(String[] words) {
        Peer peer = Peer.of(words, Peer.javaVersion(), "VirtualEcho", "documented");
        try {
            serve(peer);
        } catch (Throwable failed) {
            Peer.cannotRun(failed);
        }
    }
}
