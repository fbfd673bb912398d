(* OCaml's Lwt: promises; each Lwt_unix call is tried first and waits for the engine, which is libev
   or select, only where the kernel says EAGAIN.

   documented: a recursive thread for each socket.
   pause: the same with Lwt.pause () after every echo.
   What cannot be sent waits in its thread, which reads nothing meanwhile.
   Stops by SIGTERM as the system has it.
   Trap: a call that the kernel serves at once does not let others have their turn. *)
open Lwt.Infix

let datagram_max = 65536

let rec echo_for_ever pauses fd bytes =
  let once () =
    Lwt_unix.recvfrom fd bytes 0 datagram_max [] >>= fun (length, from) ->
    Lwt_unix.sendto fd bytes 0 length [] from >|= ignore in
  let refused = function Unix.Unix_error _ -> Lwt.return_unit | other -> Lwt.fail other in
  Lwt.catch once refused >>= fun () ->
  (if pauses then Lwt.pause () else Lwt.return_unit) >>= fun () ->
  echo_for_ever pauses fd bytes

let bound where =
  let fd = Lwt_unix.socket (Unix.domain_of_sockaddr where) Unix.SOCK_DGRAM 0 in
  Lwt_unix.bind fd where >|= fun () -> fd

let serve pauses address port sockets =
  let place i = Unix.ADDR_INET (Unix.inet_addr_of_string address, port + i) in
  Lwt_list.map_s bound (List.init sockets place) >>= fun fds ->
  Lwt.join (List.map (fun fd -> echo_for_ever pauses fd (Bytes.create datagram_max)) fds)

let () =
  match List.tl (Array.to_list Sys.argv) with
  | [ "--version" ] -> Printf.printf "Lwt %s (OCaml %s)\n" Lwt_version.found Sys.ocaml_version
  | [ ("documented" | "pause") as form; address; port; sockets ] -> (
      try Lwt_main.run (serve (form = "pause") address (int_of_string port) (int_of_string sockets))
      with Unix.Unix_error (why, _, _) ->
        prerr_endline (address ^ " port " ^ port ^ ": " ^ Unix.error_message why);
        exit 4)
  | _ ->
      prerr_endline "usage: lwt_echo documented|pause ADDRESS PORT SOCKETS, or --version";
      exit 2
