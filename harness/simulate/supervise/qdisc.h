/* Sends that the kernel refuses: a queueing discipline on lo that lets nothing through.
 *
 * On lo there is a root HTB.  While its default class is absent, everything passes; the class, once
 * there, takes a byte a second.  What is left in it when it is removed is freed, and so the senders
 * can send again: one edge each.  Clients' sockets are of a priority that passes by it.
 * Source: tc-htb(8), rtnetlink(7). */
#ifndef EDGEWISE_SUPERVISE_QDISC_H
#define EDGEWISE_SUPERVISE_QDISC_H

/* The handle of the root, 1:0: SO_PRIORITY of whoever is not to be blocked. */
#define QDISC_UNBLOCKED 0x10000

/* An rtnetlink(7) socket; -1 with errno. */
int qdisc_open(void);
/* Puts the root on lo: once, before anything is blocked.  0 or negative errno, as both below. */
int qdisc_install(int netlink);
int qdisc_block(int netlink);
int qdisc_release(int netlink);

#endif
