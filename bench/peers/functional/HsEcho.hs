-- Haskell: a green thread of GHC's runtime for each socket; a call is tried first and waits only
-- where the kernel says EAGAIN.
--
-- documented: recvFrom and sendTo of the network package.  yield: the same with yield after every
-- echo.
-- Built twice: without -threaded the runtime waits in select(2), with it in an epoll of its own.
-- What cannot be sent waits in its thread, which reads nothing meanwhile.
-- Stops by SIGTERM as the system has it.
-- Trap: a thread keeps its turn until it blocks or a tick of 10 ms takes it away.
module Main (main) where

import Control.Concurrent (forkIO, rtsSupportsBoundThreads, threadDelay, yield)
import Control.Exception (IOException, try)
import Control.Monad (forM, forM_, forever, when)
import Network.Socket
import Network.Socket.ByteString (recvFrom, sendTo)
import System.Environment (getArgs)
import System.Exit (ExitCode (..), exitWith)
import System.IO (hPutStrLn, stderr)
import System.Info (compilerVersion)
import Data.Version (showVersion)

datagramMax :: Int
datagramMax = 65536

echo :: Socket -> IO ()
echo s = do
  (bytes, from) <- recvFrom s datagramMax
  _ <- sendTo s bytes from
  return ()

echoForEver :: Bool -> Socket -> IO ()
echoForEver yields s = forever $ do
  _ <- try (echo s) :: IO (Either IOException ())
  when yields yield

bound :: String -> Int -> IO Socket
bound address port = do
  let numeric = [AI_NUMERICHOST, AI_NUMERICSERV, AI_PASSIVE]
      hints = defaultHints {addrFlags = numeric, addrSocketType = Datagram}
  place : _ <- getAddrInfo (Just hints) (Just address) (Just (show port))
  s <- socket (addrFamily place) Datagram defaultProtocol
  bind s (addrAddress place)
  return s

failed :: Int -> String -> IO a
failed status why = hPutStrLn stderr why >> exitWith (ExitFailure status)

serve :: Bool -> String -> Int -> Int -> IO ()
serve yields address port count = do
  let ports = [port .. port + count - 1]
  opened <- try (forM ports (bound address)) :: IO (Either IOException [Socket])
  sockets <- either (failed 4 . show) return opened
  forM_ sockets (forkIO . echoForEver yields)
  forever (threadDelay maxBound)

main :: IO ()
main = do
  words' <- getArgs
  case words' of
    ["--version"] ->
      putStrLn $ "GHC " ++ showVersion compilerVersion
        ++ (if rtsSupportsBoundThreads then " -threaded" else "")
    [form, address, port, count]
      | form `elem` ["documented", "yield"] ->
          serve (form == "yield") address (read port) (read count)
    _ -> failed 2 "usage: HsEcho documented|yield ADDRESS PORT SOCKETS, or --version"
