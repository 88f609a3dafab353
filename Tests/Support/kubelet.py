#!/usr/bin/env python3
"""A stand-in for the part of a kubelet that hands out the logs of containers: there is none beside the API server of the tests.

  kubelet.py DIRECTORY     DIRECTORY is that of cluster.sh; prints the port

Every container has printed the same: its name, and how many lines were asked for.
"""
import http.server
import ssl
import sys
import urllib.parse

directory = sys.argv[1]


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        url = urllib.parse.urlparse(self.path)
        parts = url.path.strip("/").split("/")
        found = parts[0] == "containerLogs" and len(parts) == 4
        lines = urllib.parse.parse_qs(url.query).get("tailLines", ["all"])[0]
        body = f"container {parts[-1]}\nlines {lines}\n".encode() if found else b""
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(f"{directory}/server.crt", f"{directory}/server.key")
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
