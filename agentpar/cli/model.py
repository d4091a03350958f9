"""`agentpar model`: vLLM servers that outlast a run."""

# ruff: noqa: PLC0415  a command imports what it needs when it runs, so that `--help` answers at once

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from agentpar.cli import options as opt
from agentpar.cli.run import fail, run
from agentpar.errors import ModelError, TaskError

app = typer.Typer(no_args_is_help=True, help="Model servers that several runs share.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="a model's name or folder, as after vllm:")]
Which = Annotated[str | None, typer.Argument(metavar="NAME", help="only the server of this model")]
Port = Annotated[
    int,
    typer.Option(
        "--port", min=0, max=65535, metavar="PORT", show_default=False, help="where it listens [default: a free one]"
    ),
]
LogFolder = Annotated[Path | None, typer.Option("--log-dir", metavar="FOLDER", help="where its log goes")]


@app.command()
def serve(name: Name, port: Port = 0, log_dir: LogFolder = None) -> None:
    """Serve a model with vLLM until it is interrupted.

    Runs with `--model vllm:NAME` use this server while it is up, instead of starting their own.
    """
    from agentpar.models.served import announced, log_folder, served_models
    from agentpar.models.settings import load_settings
    from agentpar.models.vllm_server import run_vllm

    for served in served_models():
        if served.model == name:
            served_by = f"{name} is served at {served.url} by process {served.pid}"
            fail(f"{served_by}; runs use that one: stop it first, to serve it anew", TaskError.exit_code)

    def say(line: str) -> None:
        print(line, file=sys.stderr)

    async def keep() -> None:
        folder = log_dir or log_folder(name)
        async with run_vllm(name, run_dir=folder, say=say, settings=load_settings(), port=port) as server:
            with announced(name, server.url, server.log):
                print(server.url, flush=True)
                await server.wait()
            raise server.epitaph()

    run(keep(), hint="the server is stopped")


@app.command()
def status(as_json: opt.Json = False) -> None:
    """List the servers that are up."""
    from agentpar.models.served import served_models

    servers = served_models()
    if as_json:
        print(json.dumps([served.model_dump(mode="json") for served in servers], indent=2))
    elif not servers:
        print("no model is served; start one with: agentpar model serve NAME", file=sys.stderr)
    else:
        for served in servers:
            print(f"{served.model}  {served.url}  process {served.pid}  log {served.log}")


@app.command()
def stop(name: Which = None) -> None:
    """Stop the servers that are up."""
    from agentpar.models.served import served_models, stop_served

    servers = [served for served in served_models() if name in (None, served.model)]
    if not servers:
        fail(f"{name or 'no model'} is {'not ' if name else ''}served; see: agentpar model status", TaskError.exit_code)
    for served in servers:
        if not stop_served(served):
            fail(f"process {served.pid} does not end; end it with: kill -9 {served.pid}", ModelError.exit_code)
        print(f"stopped {served.model}")
