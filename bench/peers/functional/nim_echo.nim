## Nim's asyncdispatch: an async procedure for each socket on its selector; a call is tried first
## only for sending, a receive always waits for the selector.
##
## documented: AsyncSocket's recvFrom and sendTo.
## What cannot be sent waits in its procedure, which reads nothing meanwhile.
## Stops by SIGTERM as the system has it.
## Trap: every wait registers the descriptor and takes it away again: four epoll_ctl for an echo.
import std/[asyncdispatch, asyncnet, nativesockets, os, strutils]

const DatagramMax = 65536

proc echoForEver(sock: AsyncSocket) {.async.} =
  while true:
    try:
      let (data, address, port) = await sock.recvFrom(DatagramMax)
      await sock.sendTo(address, port, data)
    except OSError:
      discard

proc bound(address: string, port: int): AsyncSocket =
  let family = if ':' in address: AF_INET6 else: AF_INET
  result = newAsyncSocket(family, SOCK_DGRAM, IPPROTO_UDP, buffered = false)
  try:
    result.bindAddr(Port(port), address)
  except OSError as failed:
    quit(address & " port " & $port & ": " & failed.msg, 4)

proc main() =
  let words = commandLineParams()
  if words == @["--version"]:
    echo "Nim ", NimVersion
    return
  if words.len != 4 or words[0] != "documented":
    quit("usage: nim_echo documented ADDRESS PORT SOCKETS, or --version", 2)
  for i in 0 ..< parseInt(words[3]):
    asyncCheck echoForEver(bound(words[1], parseInt(words[2]) + i))
  runForever()

main()
