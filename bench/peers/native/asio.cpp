// Boost.Asio: an io_context that one thread runs, an edge-triggered epoll below.
//
// documented: async_receive_from() and async_send_to() by turns, one operation for each socket;
// each is tried at once and completes through the context's queue.  What cannot be sent waits, and
// nothing is read meanwhile.
// wait: the manual's "reactor-style operations": async_wait(wait_read), then one receive_from() and
// send_to(); an answer that the kernel refuses is dropped.
// Stops by a signal_set that stops the context.
// Trap: what is not given an error_code throws.
#include "peer.h"

#include <array>
#include <boost/asio.hpp>
#include <csignal>
#include <exception>
#include <list>
#include <string>

using boost::asio::buffer;
using boost::asio::io_context;
using boost::asio::ip::udp;
using error = boost::system::error_code;

namespace
{

udp::endpoint place(const struct peer &peer, unsigned index)
{
    auto port = static_cast<unsigned short>(peer.port + index);
    return {boost::asio::ip::make_address(peer.address), port};
}

struct by_operations {
    udp::socket socket;
    udp::endpoint from;
    std::array<char, PEER_DATAGRAM_MAX> datagram;

    by_operations(io_context &loop, const udp::endpoint &where) : socket(loop, where)
    {
        receive();
    }

    void receive()
    {
        socket.async_receive_from(buffer(datagram), from, [this](error failed, std::size_t length) {
            if (failed)
                receive();
            else
                send(length);
        });
    }

    void send(std::size_t length)
    {
        socket.async_send_to(buffer(datagram, length), from,
                             [this](error, std::size_t) { receive(); });
    }
};

struct by_readiness {
    udp::socket socket;
    std::array<char, PEER_DATAGRAM_MAX> datagram;

    by_readiness(io_context &loop, const udp::endpoint &where) : socket(loop, where)
    {
        socket.non_blocking(true);
        wait();
    }

    void wait()
    {
        socket.async_wait(udp::socket::wait_read, [this](error failed) {
            udp::endpoint from;
            std::size_t length = socket.receive_from(buffer(datagram), from, 0, failed);

            if (!failed)
                socket.send_to(buffer(datagram, length), from, 0, failed);
            wait();
        });
    }
};

template <typename Server> void serve(const struct peer &peer)
{
    io_context loop(1);
    boost::asio::signal_set terminated(loop, SIGTERM);
    std::list<Server> servers;

    terminated.async_wait([&loop](error, int) { loop.stop(); });
    for (unsigned i = 0; i < peer.sockets; i++)
        servers.emplace_back(loop, place(peer, i));
    loop.run();
}

std::string version()
{
    return "Boost.Asio " + std::to_string(BOOST_VERSION / 100000) + "." +
           std::to_string(BOOST_VERSION / 100 % 1000) + "." + std::to_string(BOOST_VERSION % 100);
}

} // namespace

int main(int argc, char **argv)
{
    struct peer peer;
    int status;

    if (!peer_arguments(&peer, argc, argv, "wait", version().c_str(), &status))
        return status;
    try {
        if (peer.better)
            serve<by_readiness>(peer);
        else
            serve<by_operations>(peer);
    } catch (const std::exception &failed) {
        return peer_failed("serve", failed.what());
    }
    return status;
}
