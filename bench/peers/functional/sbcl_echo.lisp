;;; SBCL: its own event loop, SERVE-EVENT, and handlers on descriptors.
;;;
;;; documented: ADD-FD-HANDLER with a function that receives once; an answer that the kernel refuses
;;; is dropped.
;;; Stops by SIGTERM, which unwinds and ends.
;;; Trap: a handler that signals an error leaves SERVE-EVENT.
(require :sb-bsd-sockets)

(defconstant +datagram-max+ 65536)
(defvar *datagram* (make-array +datagram-max+ :element-type '(unsigned-byte 8)))

(defun say-and-end (status format &rest arguments)
  (format *error-output* "~?~%" format arguments)
  (sb-ext:exit :code status :abort t))

(defun bound (address port)
  (let* ((six (find #\: address))
         (socket (make-instance (if six 'sb-bsd-sockets:inet6-socket 'sb-bsd-sockets:inet-socket)
                                :type :datagram :protocol :udp)))
    (handler-case
        (sb-bsd-sockets:socket-bind socket
                                    (if six
                                        (sb-bsd-sockets:make-inet6-address address)
                                        (sb-bsd-sockets:make-inet-address address))
                                    port)
      (error (why) (say-and-end 4 "~a port ~a: ~a" address port why)))
    (setf (sb-bsd-sockets:non-blocking-mode socket) t)
    socket))

(defun echo (socket)
  (handler-case
      (multiple-value-bind (data length host port)
          (sb-bsd-sockets:socket-receive socket *datagram* nil)
        (when data
          (sb-bsd-sockets:socket-send socket *datagram* length :address (list host port))))
    (error () nil)))

(defun serve (address port count)
  (loop for i below count
        do (let ((socket (bound address (+ port i))))
             (sb-sys:add-fd-handler (sb-bsd-sockets:socket-file-descriptor socket) :input
                                    (lambda (fd) (declare (ignore fd)) (echo socket)))))
  (loop (sb-sys:serve-event)))

(let ((words (rest sb-ext:*posix-argv*)))
  (cond ((equal words '("--version"))
         (format t "SBCL ~a~%" (lisp-implementation-version)))
        ((and (= (length words) 4) (equal (first words) "documented"))
         (serve (second words) (parse-integer (third words)) (parse-integer (fourth words))))
        (t
         (say-and-end 2 "usage: sbcl_echo.lisp documented ADDRESS PORT SOCKETS, or --version"))))
