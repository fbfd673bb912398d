// POCO's SocketReactor: a PollSet of all sockets, observers that are called for each readiness.
//
// As documented: the observer of ReadableNotification receives once; an answer that the kernel
// refuses is dropped.
// Stops by SIGTERM as the system has it.
// Trap: the notification is the observer's to release.
#include "peer.h"

#include <Poco/Environment.h>
#include <Poco/Net/DatagramSocket.h>
#include <Poco/Net/SocketNotification.h>
#include <Poco/Net/SocketReactor.h>
#include <Poco/Observer.h>
#include <list>
#include <string>

using namespace Poco::Net;

namespace
{

SocketAddress place(const struct peer &peer, unsigned index)
{
    return {std::string(peer.address), static_cast<Poco::UInt16>(peer.port + index)};
}

struct server {
    DatagramSocket socket;

    server(SocketReactor &reactor, const SocketAddress &where) : socket(where)
    {
        socket.setBlocking(false);
        reactor.addEventHandler(
            socket, Poco::Observer<server, ReadableNotification>(*this, &server::readable));
    }

    void readable(ReadableNotification *notification)
    {
        static char datagram[PEER_DATAGRAM_MAX];

        notification->release();
        try {
            SocketAddress from;
            int length = socket.receiveFrom(datagram, sizeof datagram, from);

            if (length >= 0)
                socket.sendTo(datagram, length, from);
        } catch (const Poco::Exception &) {
            // What an ICMP message left behind is used up by reporting it.
        }
    }
};

std::string version()
{
    Poco::UInt32 number = Poco::Environment::libraryVersion();

    return "POCO " + std::to_string(number >> 24) + "." + std::to_string(number >> 16 & 255) + "." +
           std::to_string(number >> 8 & 255);
}

} // namespace

int main(int argc, char **argv)
{
    struct peer peer;
    int status;

    if (!peer_arguments(&peer, argc, argv, nullptr, version().c_str(), &status))
        return status;
    try {
        SocketReactor reactor;
        std::list<server> servers;

        for (unsigned i = 0; i < peer.sockets; i++)
            servers.emplace_back(reactor, place(peer, i));
        reactor.run();
    } catch (const Poco::Exception &failed) {
        return peer_failed("serve", failed.displayText().c_str());
    }
    return status;
}
