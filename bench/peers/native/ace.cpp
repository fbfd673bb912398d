// ACE's reactor: an event handler for each socket.
//
// documented: the select reactor, which is the default; handle_input() receives once.  epoll:
// ACE_Dev_Poll_Reactor, the same handlers.  An answer that the kernel refuses is dropped.
// Stops by SIGTERM as the system has it.
// Trap: a handler that returns -1 is removed.
#include "peer.h"

#include <ace/Dev_Poll_Reactor.h>
#include <ace/Event_Handler.h>
#include <ace/Reactor.h>
#include <ace/Version.h>
#include <list>

namespace
{

struct handler : ACE_Event_Handler {
    int fd;

    explicit handler(int opened) : fd(opened)
    {
    }

    ACE_HANDLE get_handle() const override
    {
        return fd;
    }

    int handle_input(ACE_HANDLE) override
    {
        peer_echo(fd);
        return 0;
    }
};

bool open_all(ACE_Reactor &reactor, const struct peer &peer, std::list<handler> &handlers)
{
    for (unsigned i = 0; i < peer.sockets; i++) {
        int fd = peer_socket(&peer, i);

        if (fd < 0)
            return false;
        handlers.emplace_back(fd);
        if (reactor.register_handler(&handlers.back(), ACE_Event_Handler::READ_MASK) < 0)
            return false;
    }
    return true;
}

} // namespace

int main(int argc, char **argv)
{
    struct peer peer;
    int status;

    if (!peer_arguments(&peer, argc, argv, "epoll", "ACE " ACE_VERSION, &status))
        return status;
    std::list<handler> handlers;
    ACE_Reactor reactor(peer.better ? new ACE_Dev_Poll_Reactor : nullptr, peer.better);

    if (!open_all(reactor, peer, handlers))
        return PEER_CANNOT_RUN;
    reactor.run_reactor_event_loop();
    return status;
}
