;; Guile: select of its standard library, which is select(2); it brings no loop of its own.
;;
;; documented: recvfrom! once for each socket that select reports; an answer that the kernel refuses
;; is dropped.
;; Stops by SIGTERM as the system has it.
;; Trap: select gives a list of ports, in an order of its own.
(use-modules (ice-9 match) (rnrs bytevectors))

(define datagram-max 65536)
(define datagram (make-bytevector datagram-max))

(define (family-of address)
  (if (string-index address #\:) AF_INET6 AF_INET))

(define (bound address port)
  (let* ((family (family-of address))
         (made (socket family SOCK_DGRAM 0)))
    (catch 'system-error
      (lambda () (bind made family (inet-pton family address) port))
      (lambda details
        (format (current-error-port) "~a port ~a: ~a~%" address port
                (strerror (system-error-errno details)))
        (primitive-exit 4)))
    (fcntl made F_SETFL (logior O_NONBLOCK (fcntl made F_GETFL)))
    made))

(define (echo sock)
  (catch 'system-error
    (lambda ()
      (match (recvfrom! sock datagram)
        ((length . from)
         (let ((answer (make-bytevector length)))
           (bytevector-copy! datagram 0 answer 0 length)
           (sendto sock answer from)))))
    (lambda details #f)))

(define (serve address port count)
  (let ((sockets (map (lambda (i) (bound address (+ port i))) (iota count))))
    (let turn ()
      (match (select sockets '() '())
        ((readable _ _) (for-each echo readable)))
      (turn))))

(match (cdr (command-line))
  (("--version")
   (format #t "Guile ~a~%" (version)))
  (("documented" address port count)
   (serve address (string->number port) (string->number count)))
  (_
   (format (current-error-port)
           "usage: guile_echo.scm documented ADDRESS PORT SOCKETS, or --version~%")
   (primitive-exit 2)))
