"""Listens where systemd would: prints each message that comes to the datagram socket argv[1], as one line of JSON."""

import json
import os
import socket
import sys

listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(sys.argv[1])
print(json.dumps("listening"), flush=True)
while True:
    # The sender waits until the descriptor that comes with its barrier is closed.
    message, descriptors, _, _ = socket.recv_fds(listener, 4096, 4)
    for descriptor in descriptors:
        os.close(descriptor)
    print(json.dumps(message.decode()), flush=True)
