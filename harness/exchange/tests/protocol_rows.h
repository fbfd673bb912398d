/* Requests and answers of each protocol, as bytes.  Tokens are 11 22 33 ...; radius's digests are
 * made by Python's hashlib and hmac. */
#ifndef EDGEWISE_TESTS_PROTOCOL_ROWS_H
#define EDGEWISE_TESTS_PROTOCOL_ROWS_H

#include <stddef.h>

#define REFUSALS_MAX 3u

struct refusal {
    const char *answer, *name;
};

/* Datagrams are in hexadecimal, blanks between; SIP's, which begin with a letter that is no digit,
 * as they are. */
struct row {
    const char *speaks;
    const char *request; /* how it begins; the rest is zeros */
    size_t size;         /* of the request */
    const char *answer;
    size_t least; /* bytes of an answer that are enough for one: cut shorter, it is none */
    struct refusal refusals[REFUSALS_MAX];
    const char *foreign; /* an answer to another kind of request */
};

#define NTP_TIMES "00 00 00 00 00 00 00 00"
#define STUN_HEAD "21 12 a4 42 11 22 33 44 55 66 77 88 99 aa bb cc"
#define SNMP_BINDING "30 0d 06 08 2b 06 01 02 01 01 03 00 43 01 05"
#define SNMP_HEAD(size, pdu) \
    "30 " size " 02 01 01 04 06 70 75 62 6c 69 63 " pdu " 02 04 40 11 22 33 "
#define COAP_HEAD(type, code) type " " code " 11 22 11 22 33 44 55 66 77 88"
#define IDS_20(last)                                                                             \
    "14 ee dd cc bb aa 99 88 77 66 55 44 33 22 11 00 ef de cd bc ab 14 11 22 33 44 55 66 77 88 " \
    "99 aa bb cc dd ee ff 10 21 32 43 " last " "
#define RADIUS_ANSWER "02 11 00 18 d9 5d 96 d8 ab a5 82 ef 39 ca 78 68 47 60 2b bb 12 04 75 70"
#define SIP_ID "112233445566778899aabbccddeeff10"
#define SIP_ANSWER(status, branch, call, method)                                     \
    "SIP/2.0 " status "\r\nVia: SIP/2.0/UDP 127.0.0.1;rport=5;branch=z9hG4bK" branch \
    ";received=127.0.0.1\r\nf: <sip:edgewise@127.0.0.1>;tag=" SIP_ID                 \
    "\r\nTo: <sip:127.0.0.1>;tag=b\r\nCALL-ID : " call "\r\nCSeq: 1 " method "\r\n\r\n"

static const struct row rows[] = {
    {"ntp",
     "23 00 00 00  " NTP_TIMES NTP_TIMES NTP_TIMES NTP_TIMES
     " 00 00 00 00  11 22 33 44 55 66 77 88",
     48,
     "24 02 03 e9 00 00 00 10 00 00 00 20 7f 7f 01 01  e8 00 00 00 00 00 00 00"
     " 11 22 33 44 55 66 77 88  e8 00 00 01 00 00 00 00 e8 00 00 02 00 00 00 00",
     48,
     {{"24 00 03 e9 00 00 00 10 00 00 00 20 52 41 54 45  e8 00 00 00 00 00 00 00"
       " 11 22 33 44 55 66 77 88  e8 00 00 01 00 00 00 00 e8 00 00 02 00 00 00 00",
       "RATE"},
      {"e4 00 03 e9 00 00 00 10 00 00 00 20 00 00 00 00  e8 00 00 00 00 00 00 00"
       " 11 22 33 44 55 66 77 88  e8 00 00 01 00 00 00 00 e8 00 00 02 00 00 00 00",
       "not synchronised"}},
     "1c 02 03 e9 00 00 00 10 00 00 00 20 7f 7f 01 01  e8 00 00 00 00 00 00 00"
     " 11 22 33 44 55 66 77 88  e8 00 00 01 00 00 00 00 e8 00 00 02 00 00 00 00"},
    {"stun",
     "00 01 00 00 " STUN_HEAD,
     20,
     "01 01 00 0c " STUN_HEAD " 00 20 00 08 00 01 e9 ce 5e 12 a4 43",
     32,
     {{"01 11 00 14 " STUN_HEAD " 80 22 00 01 78 00 00 00  00 09 00 04 00 00 04 01  00 00 00 00",
       "401 Unauthenticated"},
      {"01 11 00 00 " STUN_HEAD, "an error without a code"}},
     "01 03 00 00 " STUN_HEAD},
    {"coap",
     COAP_HEAD("48", "01"),
     12,
     COAP_HEAD("68", "45") " c0 ff 68 69",
     12,
     {{COAP_HEAD("68", "84"), "4.04 Not Found"},
      {"70 00 11 22", "RST"},
      {COAP_HEAD("58", "bf"), "5.xx"}},
     COAP_HEAD("68", "44")},
    {"snmp",
     "30 29 02 01 01 04 06 70 75 62 6c 69 63 a0 1c 02 04 40 11 22 33 02 01 00 02 01 00 30 0e"
     " 30 0c 06 08 2b 06 01 02 01 01 03 00 05 00",
     43,
     SNMP_HEAD("2a", "a2 1d") "02 01 00 02 01 00 30 0f " SNMP_BINDING,
     44,
     {{SNMP_HEAD("2a", "a2 1d") "02 01 05 02 01 01 30 0f " SNMP_BINDING, "genErr"},
      {SNMP_HEAD("29", "a2 1c") "02 01 00 02 01 00 30 0e 30 0c 06 08 2b 06 01 02 01 01 03 00 81 00",
       "noSuchInstance"}},
     SNMP_HEAD("2a",
               "a2 1d") "02 01 00 02 01 00 30 0f 30 0d 06 08 2b 06 01 02 01 01 05 00 43 01 05"},
    {"memcached",
     "11 22 00 00 00 01 00 00 76 65 72 73 69 6f 6e 0d 0a",
     17,
     "11 22 00 00 00 01 00 00 56 45 52 53 49 4f 4e 20 31 0d 0a",
     19,
     {{"11 22 00 00 00 01 00 00 45 52 52 4f 52 0d 0a", "ERROR"},
      {"11 22 00 00 00 01 00 00 53 45 52 56 45 52 5f 45 52 52 4f 52 20 78 0d 0a", "SERVER_ERROR"}},
     "11 22 00 00 00 01 00 00 45 4e 44 0d 0a"},
    {"sip",
     "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK" SIP_ID
     "\r\nMax-Forwards: 70\r\nFrom: <sip:edgewise@127.0.0.1>;tag=" SIP_ID
     "\r\nTo: <sip:127.0.0.1>\r\nCall-ID: " SIP_ID
     "\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
     301,
     SIP_ANSWER("200 OK", SIP_ID, SIP_ID, "OPTIONS"),
     222,
     {{SIP_ANSWER("503 Busy", SIP_ID, SIP_ID, "OPTIONS"), "503 Service Unavailable"},
      {SIP_ANSWER("699 Never", SIP_ID, SIP_ID, "OPTIONS"), "6xx"}},
     SIP_ANSWER("200 OK", SIP_ID, SIP_ID, "INVITE")},
    {"radius",
     "0c 11 00 26 4c 21 e1 2d c6 fa c6 f1 4f 0b 8a d5 b6 4e a1 e0 50 12 7a 8d 37 96 58"
     " 2e 7e 0a d5 93 93 f6 b9 e6 88 f0",
     38,
     RADIUS_ANSWER,
     24,
     {{"03 11 00 14 2e 52 01 f0 20 55 f2 41 26 ed 4e 91 8b 8f 4d 3c", "Access-Reject"}},
     "02 11 00 14 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"},
    {"quic",
     "c0 1a 2a 3a 4a 14 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff 10 21 32 43 54"
     " 14 ee dd cc bb aa 99 88 77 66 55 44 33 22 11 00 ef de cd bc ab",
     1200,
     "ca 00 00 00 00 " IDS_20("54") "00 00 00 01 1a 2a 3a 4a",
     51,
     {{0}},
     "ca 00 00 00 00 " IDS_20("54") "1a 2a 3a 4a"},
    {"dtls",
     "16 fe ff 00 00 11 22 33 44 55 66 00 50  01 00 00 44 00 00 00 00 00 00 00 44"
     " fe fd 11 22 33 44 55 66 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
     " 00 00 00  00 00 00 04 c0 2f 00 ff 01 00 00 16 00 0a 00 04 00 02 00 17 00 0b 00 02 01 00"
     " 00 0d 00 04 00 02 04 01",
     93,
     "16 fe ff 00 00 11 22 33 44 55 66 00 13  03 00 00 07 00 00 00 00 00 00 00 07"
     " fe ff 04 01 02 03 04",
     32,
     {{"15 fe fd 00 00 00 00 00 00 00 01 00 02 02 28", "handshake_failure"}},
     "16 fe ff 00 00 11 22 33 44 55 66 00 13  02 00 00 07 00 00 00 00 00 00 00 07"
     " fe ff 04 01 02 03 04"},
    {"gtpu",
     "32 01 00 04 00 00 00 00 11 22 00 00",
     12,
     "32 02 00 06 00 00 00 00 11 22 00 00 0e 00",
     14,
     {{"32 1a 00 04 00 00 00 00 00 00 00 00", "Error Indication"}},
     "32 ff 00 06 00 00 00 00 11 22 00 00 0e 00"},
    {"pfcp",
     "20 01 00 0c 11 22 33 00 00 60 00 04 e8 00 00 00",
     16,
     "20 02 00 0c 11 22 33 00 00 60 00 04 e9 01 02 03",
     16,
     {{"20 0b 00 04 11 22 33 00", "Version Not Supported"}},
     "20 06 00 0c 11 22 33 00 00 60 00 04 e9 01 02 03"},
    {"bittorrent",
     "00 00 04 17 27 10 19 80 00 00 00 00 11 22 33 44",
     16,
     "00 00 00 00 11 22 33 44 01 02 03 04 05 06 07 08",
     16,
     {{"00 00 00 03 11 22 33 44 6e 6f", "error"}},
     "00 00 00 01 11 22 33 44 00 00 07 08 00 00 00 00 00 00 00 00"},
};

#endif
