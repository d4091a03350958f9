"""`agentpar doctor --attack`: the suite on the user's own machine, as a table or as data."""

import json
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from agentpar.attack.campaign import Tally, Wrong, run_campaign
from agentpar.attack.cases import load_benches, select
from agentpar.errors import TaskError
from agentpar.sandbox.kinds import Kind

# `process` is not among them: it isolates nothing, and hostile code would run as the user.
KINDS: tuple[Kind, ...] = ("docker", "bubblewrap")
# What must not happen, and what its row is called.
COUNTED: dict[Wrong, str] = {
    "believed": "believed",
    "escaped": "escaped",
    "wrong verdict": "wrong verdict",
    "survivor": "survivors",
    "honest condemned": "honest condemned",
}


async def attack(
    kinds: Sequence[Kind], words: Sequence[str] = (), *, as_json: bool = False, quiet: bool = False
) -> int:
    """Run the campaign in each kind of sandbox and print what came of it.

    `words` choose among the candidates by parts of their names and by family. Returns the exit code: 0 when nothing
    happened that must not, else 1.

    Raises:
        TaskError: no candidate has such a name, or a kind does not isolate.
        SandboxError: a sandbox of one kind cannot be had.
    """
    if not set(kinds) <= set(KINDS):
        raise TaskError("attacks need a sandbox that isolates: docker or bubblewrap")
    benches = select(load_benches(), tuple(words))
    if not benches:
        raise TaskError(f"no attack is called {' or '.join(words)}; see agentpar/attack/cases")
    console = Console(stderr=True, highlight=False, soft_wrap=True, quiet=quiet)
    tallies: list[Tally] = []
    try:
        for kind in kinds:
            tallies.append(await run_campaign(kind, benches, say=lambda line: console.print(line, markup=False)))
    finally:  # what is done when it is interrupted is told as well
        if as_json:
            print(json.dumps([tally.model_dump(mode="json") for tally in tallies], indent=2))
        elif tallies:
            print_tallies(tallies)
    return 1 if any(tally.problems for tally in tallies) else 0


def print_tallies(tallies: Sequence[Tally]) -> None:
    """A table on standard output, one column for each kind of sandbox; what must be zero is red where it is not.

    Below it is why a kind of sandbox judges none of a target, and what happened that must not.
    """
    table = Table(title="attacks on the judge and its sandboxes", title_justify="left")
    table.add_column("")
    for tally in tallies:
        table.add_column(tally.sandbox, justify="right")
    table.add_row("attempts", *(str(sum(tally.attempts.values())) for tally in tallies))
    for target in dict.fromkeys(name for tally in tallies for name in (*tally.attempts, *tally.left_out)):
        table.add_row(f"  {target}", *(str(tally.attempts.get(target, "not judged")) for tally in tallies))
    for what, name in COUNTED.items():
        counts = [tally.count(what) for tally in tallies]
        table.add_row(name, *(f"[red]{count}[/red]" if count else "0" for count in counts))
    table.add_row("honest judged", *(str(tally.honest) for tally in tallies))
    table.add_row("too busy to time", *(str(tally.untimed) for tally in tallies))
    table.add_row("seconds", *(f"{tally.seconds:.0f}" for tally in tallies))
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    console.print(table)
    for tally in tallies:
        for target, why in tally.left_out.items():
            console.print(f"{tally.sandbox}: {target} is not judged: {why}", markup=False)
    for tally in tallies:
        for problem in tally.problems:
            console.print(f"{tally.sandbox}: {problem.what}: {problem.case}: {problem.words}", markup=False)
