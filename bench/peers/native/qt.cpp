// Qt's event loop (GLib's below it where Qt was built so), a QUdpSocket for each port.
//
// documented: on readyRead, while hasPendingDatagrams(), receiveDatagram() and writeDatagram().
// once: receiveDatagram() for each readyRead, whether one seems to be pending or not; more is
// announced again.
// An answer that the kernel refuses is dropped: QUdpSocket has no queue.
// Stops by SIGTERM as the system has it.
// Trap: readyRead is not emitted again before something was read.  What vanishes between the
// announcement and hasPendingDatagrams(), as a datagram with a bad checksum does, leaves the socket
// deaf for ever, but not in `once`, whose vain read counts.
#include "peer.h"

#include <QCoreApplication>
#include <QNetworkDatagram>
#include <QUdpSocket>

namespace
{

void echo(QUdpSocket *socket)
{
    QNetworkDatagram datagram = socket->receiveDatagram();

    if (datagram.isValid())
        socket->writeDatagram(datagram.makeReply(datagram.data()));
}

void echo_all(QUdpSocket *socket)
{
    while (socket->hasPendingDatagrams())
        echo(socket);
}

bool open_one(const struct peer &peer, unsigned index)
{
    auto *socket = new QUdpSocket(QCoreApplication::instance());
    auto port = static_cast<quint16>(peer.port + index);

    if (!socket->bind(QHostAddress(peer.address), port, QUdpSocket::DontShareAddress)) {
        peer_failed("bind", qPrintable(socket->errorString()));
        return false;
    }
    auto answer = peer.better ? echo : echo_all;
    QObject::connect(socket, &QUdpSocket::readyRead, [socket, answer] { answer(socket); });
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
