#!/usr/bin/env python3
"""An admission webhook that lets everything through, and takes its time to come up.

  webhook.py DIRECTORY MARK     DIRECTORY is that of cluster.sh; prints the port at once, listens there when the file MARK is there
"""
import http.server
import json
import os
import socket
import ssl
import sys
import time

directory = sys.argv[1]


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = {"uid": review["request"]["uid"], "allowed": True}
        body = json.dumps({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": answer}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
print(port, flush=True)
while not os.path.exists(sys.argv[2]):
    time.sleep(0.1)
server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(f"{directory}/server.crt", f"{directory}/server.key")
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
