"""The solver as a LangGraph graph, with this script's own checkpointer and its events as they come."""

import asyncio

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from agentpar import create_solver


async def main() -> None:
    """Solve one example, print what is streamed, and then the result."""
    async with AsyncSqliteSaver.from_conn_string("checkpoints.sqlite") as checkpointer:
        solver = create_solver(checkpointer=checkpointer)
        task = {"task": "examples/matmul.cpp::matmul", "options": {"candidates": 4}}
        config = {"configurable": {"thread_id": "matmul"}}
        async for event in solver.astream(task, config, stream_mode="custom"):
            print(event["kind"], event.get("message", ""), event.get("outcome", ""))
        result = (await solver.aget_state(config)).values
        print(result["status"], result["speedup"], result["patch_path"])


asyncio.run(main())
