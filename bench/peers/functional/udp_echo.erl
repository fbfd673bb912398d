#!/usr/bin/env escript
%% Erlang's gen_udp: a port of the virtual machine for each socket and a process that owns it.
%%
%% documented: {active, true}: the driver reads up to five datagrams of a socket for each report
%% (read_packets) and sends each to the owner as a message.
%% once: {active, once}, asked for anew after every echo.  passive: recv() and send().
%% What cannot be sent is dropped: the driver of UDP has no queue.
%% Stops by SIGTERM, which the machine takes for init:stop().
%% Trap: {active, true} reads as fast as datagrams come, however many messages wait already.
-mode(compile).

main(["--version"]) ->
    {ok, Kernel} = application:get_key(kernel, vsn),
    io:format("OTP ~s (kernel ~s)~n", [erlang:system_info(otp_release), Kernel]);
main([Form, Address, Port, Sockets]) when Form == "documented"; Form == "once"; Form == "passive" ->
    {ok, Where} = inet:parse_address(Address),
    First = list_to_integer(Port),
    Mode = case Form of "documented" -> true; "once" -> once; "passive" -> false end,
    Opened = [open(Where, First + I) || I <- lists:seq(0, list_to_integer(Sockets) - 1)],
    [hand_over(Socket, Mode) || Socket <- Opened],
    receive after infinity -> ok end;
main(_) ->
    io:format(standard_error,
              "usage: udp_echo.erl documented|once|passive ADDRESS PORT SOCKETS, or --version~n", []),
    halt(2).

open(Where, Port) ->
    Family = case tuple_size(Where) of 4 -> inet; 8 -> inet6 end,
    Options = [binary, Family, {ip, Where}, {active, false}, {recbuf, 212992}, {buffer, 65536}],
    case gen_udp:open(Port, Options) of
        {ok, Socket} -> Socket;
        {error, Why} ->
            io:format(standard_error, "~s port ~b: ~s~n",
                      [inet:ntoa(Where), Port, inet:format_error(Why)]),
            halt(4)
    end.

hand_over(Socket, Mode) ->
    Owner = spawn_link(fun() ->
        receive go -> inet:setopts(Socket, [{active, Mode}]), echo(Socket, Mode) end
    end),
    ok = gen_udp:controlling_process(Socket, Owner),
    Owner ! go.

echo(Socket, false) ->
    case gen_udp:recv(Socket, 0) of
        {ok, {Host, From, Data}} -> gen_udp:send(Socket, Host, From, Data);
        {error, _} -> ok
    end,
    echo(Socket, false);
echo(Socket, Mode) ->
    receive
        {udp, Socket, Host, From, Data} -> gen_udp:send(Socket, Host, From, Data);
        _ -> ok
    end,
    case Mode of once -> inet:setopts(Socket, [{active, once}]); true -> ok end,
    echo(Socket, Mode).
