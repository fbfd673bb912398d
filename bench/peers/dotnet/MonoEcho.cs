// Mono: UdpClient's tasks; below lies a poller of its own thread and a pool that runs what follows.
//
// documented: ReceiveAsync() and SendAsync() by turns, one operation for each socket.
// What cannot be sent waits, and nothing is read meanwhile.
// Stops by SIGTERM as the system has it.
// Trap: a task whose exception nobody looks at ends without a word.
using System;
using System.Net;
using System.Net.Sockets;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;

class MonoEcho
{
    static async Task EchoForEver(UdpClient socket)
    {
        while (true)
        {
            try
            {
                UdpReceiveResult datagram = await socket.ReceiveAsync();
                byte[] bytes = datagram.Buffer;
                await socket.SendAsync(bytes, bytes.Length, datagram.RemoteEndPoint);
            }
            catch (SocketException)
            {
                // What an ICMP message left behind is used up by reporting it.
            }
        }
    }

    static UdpClient Bound(IPAddress address, int port)
    {
        try
        {
            return new UdpClient(new IPEndPoint(address, port));
        }
        catch (SocketException failed)
        {
            Console.Error.WriteLine("{0} port {1}: {2}", address, port, failed.Message);
            Environment.Exit(4);
            return null;
        }
    }

    static string Version()
    {
        var mono = Type.GetType("Mono.Runtime");
        var name = mono.GetMethod("GetDisplayName", BindingFlags.NonPublic | BindingFlags.Static);
        return "Mono " + ((string)name.Invoke(null, null)).Split(' ')[0];
    }

    static int Main(string[] words)
    {
        if (words.Length == 1 && words[0] == "--version")
        {
            Console.WriteLine(Version());
            return 0;
        }
        if (words.Length != 4 || words[0] != "documented")
        {
            Console.Error.WriteLine("usage: MonoEcho.exe documented ADDRESS PORT SOCKETS"
                + ", or --version");
            return 2;
        }
        IPAddress address = IPAddress.Parse(words[1]);
        int port = int.Parse(words[2]);
        UdpClient[] sockets = Enumerable.Range(port, int.Parse(words[3]))
            .Select(one => Bound(address, one)).ToArray();
        Task.WaitAll(sockets.Select(EchoForEver).ToArray());
        return 0;
    }
}
