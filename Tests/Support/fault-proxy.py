#!/usr/bin/env python3
"""Stands before a real API server and spoils what it is told to: for faults that the server will not produce on demand.

fault-proxy.py DIR RULE...    DIR is that of cluster.sh. Prints its port. A RULE is COUNT ACTION REGULAR-EXPRESSION: the first COUNT
requests whose method and address match ("GET /api/v1/pods?limit=500") meet the ACTION, the others reach the server.

  status:CODE[:SECONDS]   answers so, with Retry-After
  cut:BYTES               breaks the connection off within the answer
  hang                    never answers
  down                    kills the API server, then breaks the connection off
  gone:WORD:WORD…         answers 410, when kubectl has run with these words
"""
import http.client
import http.server
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import threading
import time
import urllib.parse

directory = sys.argv[1]
rules = [[int(rule.split(" ", 2)[0]), rule.split(" ", 2)[1].split(":"), re.compile(rule.split(" ", 2)[2])] for rule in sys.argv[2:]]
lock = threading.Lock()
with open(f"{directory}/kubeconfig", encoding="utf-8") as file:
    server = urllib.parse.urlparse(re.search(r'server: "([^"]*)"', file.read()).group(1))
context = ssl.create_default_context(cafile=f"{directory}/ca.crt")
context.load_cert_chain(f"{directory}/admin.crt", f"{directory}/admin.key")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def fault(self):
        with lock:
            for rule in rules:
                if rule[0] > 0 and rule[2].search(f"{self.command} {self.path}"):
                    rule[0] -= 1
                    return rule[1]
        return None

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = self.fault()
        if fault and fault[0] == "hang":
            time.sleep(600)
        if fault and fault[0] == "down":
            with open(f"{directory}/kube-apiserver.pid", encoding="utf-8") as file:
                os.kill(int(file.read()), signal.SIGKILL)
            self.close_connection = True
            return
        if fault and fault[0] == "gone":
            subprocess.run(["kubectl", "--kubeconfig", f"{directory}/kubeconfig", *fault[1:]], check=True, stdout=subprocess.DEVNULL)
            return self.answer_status(410, [])
        if fault and fault[0] == "status":
            return self.answer_status(int(fault[1]), fault[2:])
        upstream = http.client.HTTPSConnection(server.hostname, server.port, context=context)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection", "content-length")}
            upstream.request(self.command, self.path, body or None, headers)
            answer = upstream.getresponse()
            content = answer.read()
        except OSError:
            self.close_connection = True
            return
        finally:
            upstream.close()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "content-length", "connection", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if fault and fault[0] == "cut":
            content = content[: int(fault[1])]
            self.close_connection = True
        self.wfile.write(content)

    def answer_status(self, code, seconds):
        status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": f"spoiled: {code}", "code": code}
        content = json.dumps(status).encode()
        self.send_response(code)
        if seconds:
            self.send_header("Retry-After", seconds[0])
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PATCH = do_POST = do_PUT = do_DELETE = handle_any


proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
proxy.daemon_threads = True
print(proxy.server_port, flush=True)
proxy.serve_forever()
