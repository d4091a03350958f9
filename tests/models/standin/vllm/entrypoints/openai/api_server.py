"""Stands in for vLLM's server, started by the same command: its interface, its ways to die, and a worker process.

What the model's name says happens: `dies-at-start`, `runs-out-of-memory`, `dies-when-asked`.
"""

import argparse
import json
import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

parser = argparse.ArgumentParser()
parser.add_argument("--model")
parser.add_argument("--served-model-name")
parser.add_argument("--host")
parser.add_argument("--port", type=int)
options, others = parser.parse_known_args()


class Handler(BaseHTTPRequestHandler):
    def log_message(self, format: str, *values: Any) -> None:
        pass

    def answer(self, content: Any) -> None:
        text = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self) -> None:
        pause = {"post": {"parameters": [{"name": "mode"}]}}
        self.answer(
            {
                "/health": {},
                "/v1/models": {"data": [{"id": options.served_model_name, "owned_by": "vllm"}]},
                "/openapi.json": {"paths": {"/pause": pause} if os.environ.get("VLLM_SERVER_DEV_MODE") else {}},
            }[self.path]
        )

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        if self.path != "/v1/chat/completions":
            self.answer({})
            return
        if "dies-when-asked" in options.model and body["messages"][0]["content"] == "die":
            print("RuntimeError: CUDA error: an illegal memory access was encountered", flush=True)
            os._exit(1)
        said = {"flags": others, "key": self.headers["Authorization"], "secrets": os.environ.get("OPENAI_API_KEY")}
        choice = {"message": {"content": json.dumps(said)}, "finish_reason": "stop"}
        self.answer({"choices": [choice] * body.get("n", 1)})


def main() -> None:
    if "dies-at-start" in options.model:
        print("INFO loading\n(EngineCore_0 pid=7) ERROR 11-25 10:00:00 [core.py:42] ValueError: no such architecture")
        sys.exit("RuntimeError: Engine core initialization failed. See root cause above.")
    if "runs-out-of-memory" in options.model:
        sys.exit("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB")
    worker = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])
    if "PIDS" in os.environ:
        Path(os.environ["PIDS"]).write_text(f"{os.getpid()} {worker.pid}")
    print("INFO: started", flush=True)
    ThreadingHTTPServer((options.host, options.port), Handler).serve_forever()


if __name__ == "__main__":
    main()
