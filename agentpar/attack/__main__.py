"""python -m agentpar.attack [KIND...] [--only WORD]... [--json]: the campaign in each kind of sandbox, in one table."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from agentpar.attack.command import KINDS, attack
from agentpar.errors import AgentparError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it and return the exit code: 0 when nothing happened that must not."""
    parser = argparse.ArgumentParser(
        prog="python -m agentpar.attack", description=sys.modules["agentpar.attack"].__doc__
    )
    parser.add_argument("kinds", nargs="*", metavar="KIND", help="docker, bubblewrap [default: both]")
    parser.add_argument("--only", action="append", default=[], metavar="WORD", help="part of a name, or a family")
    parser.add_argument("--json", action="store_true", help="data on standard output")
    given = parser.parse_args(arguments)
    try:
        return asyncio.run(attack(given.kinds or KINDS, given.only, as_json=given.json))
    except KeyboardInterrupt:
        print("agentpar: interrupted", file=sys.stderr)
        return 130
    except AgentparError as error:
        print(f"agentpar: {error}", file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
