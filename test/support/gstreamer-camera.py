#!/usr/bin/python3
"""A camera on GStreamer's RTSP server: an implementation that owes nothing to ours.

usage: gstreamer-camera.py {tcp|udp} PORT [CERTIFICATE KEY]
Serves /cam on this port of 127.0.0.1 (0 for a free one) by this transport only, to user "cam" with the password on the first line of
standard input (digest); by TLS where a certificate is given. Prints the port; ends when standard input does.
"""
import sys
import threading

import gi

gi.require_version('Gst', '1.0')
gi.require_version('GstRtsp', '1.0')
gi.require_version('GstRtspServer', '1.0')
from gi.repository import Gio, GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

PIPELINE = (
    '( videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=640,height=360,framerate=15/1 '
    '! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=15 bitrate=1000 '
    '! rtph264pay name=pay0 pt=96 config-interval=-1 )'
)
TRANSPORTS = {'tcp': GstRtsp.RTSPLowerTrans.TCP, 'udp': GstRtsp.RTSPLowerTrans.UDP}

transport, port, *tls = sys.argv[1:]
password = sys.stdin.readline().rstrip('\n')

Gst.init(None)
token = GstRtspServer.RTSPToken()
token.set_string('media.factory.role', 'viewer')
auth = GstRtspServer.RTSPAuth()
auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
auth.add_digest('cam', password, token)
if tls:
    auth.set_tls_certificate(Gio.TlsCertificate.new_from_files(*tls))

permissions = GstRtspServer.RTSPPermissions()
permissions.add_permission_for_role('viewer', 'media.factory.access', True)
permissions.add_permission_for_role('viewer', 'media.factory.construct', True)
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(PIPELINE)
factory.set_shared(True)
factory.set_protocols(TRANSPORTS[transport])
factory.set_permissions(permissions)

server = GstRtspServer.RTSPServer()
server.set_address('127.0.0.1')
server.set_service(port)
server.set_auth(auth)
server.get_mount_points().add_factory('/cam', factory)
if server.attach(None) == 0:
    sys.exit('the port is taken')
print(server.get_bound_port(), flush=True)

loop = GLib.MainLoop()


def end_with_standard_input():
    sys.stdin.read()
    loop.quit()


threading.Thread(target=end_with_standard_input, daemon=True).start()
loop.run()
