// Qt's event loop (GLib's below it where Qt was built so), a QUdpSocket for each port.
//
// documented: on readyRead, while hasPendingDatagrams(), receiveDatagram() and writeDatagram().
// once: receiveDatagram() for each readyRead with a size, so that it does not ask for one first;
// more is announced again.
// An answer that the kernel refuses is dropped: QUdpSocket has no queue.
// Stops by SIGTERM as the system has it.
// Trap: readyRead is not emitted again before something was read.  What vanishes between the
// announcement and hasPendingDatagrams(), as a datagram with a bad checksum does, leaves the socket
// deaf for ever, but not in `once`, whose read counts although it gets nothing.
#include "peer.h"

#include <QCoreApplication>
#include <QNetworkDatagram>
#include <QUdpSocket>

namespace
{

void answer(QUdpSocket *socket, const QNetworkDatagram &datagram)
{
    if (datagram.isValid())
        socket->writeDatagram(datagram.makeReply(datagram.data()));
}

void echo_once(QUdpSocket *socket)
{
    answer(socket, socket->receiveDatagram(PEER_DATAGRAM_MAX));
}

void echo_all(QUdpSocket *socket)
{
    while (socket->hasPendingDatagrams())
        answer(socket, socket->receiveDatagram());
}

bool open_one(const struct peer &peer, unsigned index)
{
    auto *socket = new QUdpSocket(QCoreApplication::instance());
    auto port = static_cast<quint16>(peer.port + index);

    if (!socket->bind(QHostAddress(peer.address), port, QUdpSocket::DontShareAddress)) {
        peer_failed("bind", qPrintable(socket->errorString()));
        return false;
    }
    auto echo = peer.better ? echo_once : echo_all;
    QObject::connect(socket, &QUdpSocket::readyRead, [socket, echo] { echo(socket); });
    return true;
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    QByteArray version = QByteArray("Qt ") + qVersion();
    struct peer peer;
    int status;

    if (!peer_arguments(&peer, argc, argv, "once", version.constData(), &status))
        return status;
    for (unsigned i = 0; i < peer.sockets; i++)
        if (!open_one(peer, i))
            return PEER_CANNOT_RUN;
    return application.exec();
}
