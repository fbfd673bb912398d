/* What the peers in Java share: the command line.
 *
 * PROGRAM FORM ADDRESS PORT SOCKETS serves consecutive ports until SIGTERM; PROGRAM --version
 * tells the loop's version. */
import java.net.InetSocketAddress;
import java.util.List;

public class Peer {
    String form;
    String address;
    int port;
    int sockets;

    InetSocketAddress place(int index) {
        return new InetSocketAddress(address, port + index);
    }

    static String javaVersion() {
        Runtime.Version version = Runtime.version();
        return "Java " + version.feature() + "." + version.interim() + "." + version.update();
    }

    static void cannotRun(Object why) {
        System.err.println(why);
        Runtime.getRuntime().halt(4);
    }

    /* Ends the program after --version and when the words make no sense. */
    static Peer of(String[] words, String version, String program, String... forms) {
        if (words.length == 1 && words[0].equals("--version")) {
            System.out.println(version);
            System.exit(0);
        }
        if (words.length != 4 || !List.of(forms).contains(words[0])) {
            System.err.println("usage: " + program + " " + String.join("|", forms)
                + " ADDRESS PORT SOCKETS, or --version");
            System.exit(2);
        }
        Peer peer = new Peer();
        peer.form = words[0];
        peer.address = words[1];
        peer.port = Integer.parseInt(words[2]);
        peer.sockets = Integer.parseInt(words[3]);
        // Whatever else ends the program goes through cannotRun(), which runs no hook.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> Runtime.getRuntime().halt(0)));
        return peer;
    }
}
