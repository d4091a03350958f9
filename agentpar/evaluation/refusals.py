"""Why a serial function cannot be the oracle on the inputs it was given, and what would mend that."""

import re

from agentpar.errors import ReferenceFailed, TaskError
from agentpar.evaluation.session import Judged
from agentpar.languages.inputs import InputPlan
from agentpar.verdict import Outcome

_OUT_OF_BOUNDS = re.compile(r"buffer-overflow|out of bounds|SEGV|use-after-poison|null pointer|load of|negative-size")


def require_sane(judged: Judged, name: str, inputs: InputPlan, place: str) -> None:
    """Refuse a reference that fails under sanitizers.

    Raises:
        TaskError: it goes out of bounds, so the sizes are wrong.
        ReferenceFailed: it fails in another way.
    """
    failed = judged.failed
    # Another build may round otherwise; whether answers repeat is asked of the user's own build.
    if failed is None or failed.outcome is Outcome.WRONG_ANSWER:
        return
    require_within_bounds(judged, name, inputs, place)
    hint = _hint(failed.outcome, inputs)
    raise ReferenceFailed(f"the reference fails under sanitizers: {failed.of_the_reference[:400]}{hint}")


def require_within_bounds(judged: Judged, name: str, inputs: InputPlan, place: str, mend: str = "") -> None:
    """Refuse sizes with which sanitizers say that a reference goes out of bounds; another failure is none of sizes.

    Raises:
        TaskError: it does; the message says what may mend it: `mend`, and other sizes.
    """
    if goes_out_of_bounds(judged):
        lines = judged.candidate_output.splitlines()
        cause = next((line.strip() for line in lines if "ERROR" in line or "runtime error" in line), "")
        raise TaskError(
            f"{place}: with the sizes in force {name} goes out of bounds ({cause[:160]}); {_correction(inputs)}{mend}"
        )


def goes_out_of_bounds(judged: Judged) -> bool:
    """Whether sanitizers ended a call for what it read or wrote."""
    failed = judged.failed
    if failed is None or failed.outcome is Outcome.WRONG_ANSWER:
        return False
    return _OUT_OF_BOUNDS.search(judged.candidate_output) is not None


def require_deterministic(judged: Judged, inputs: InputPlan) -> None:
    """Refuse a reference that fails, or that answers the same inputs in two ways.

    Raises:
        TaskError: the sizes are beyond what can be carried.
        ReferenceFailed: it fails or is not deterministic.
    """
    failed = judged.failed
    if failed is None:
        return
    if failed.culprit == "judge" or failed.outcome is Outcome.OUT_OF_MEMORY:
        raise TaskError(f"{failed.feedback}; give smaller sizes")
    if failed.outcome is Outcome.WRONG_ANSWER:
        raise ReferenceFailed(
            f"the reference is not deterministic: the same inputs gave two answers: {failed.feedback}; "
            "remove its dependence on time, randomness, addresses or state kept between calls"
        )
    raise ReferenceFailed(
        f"the reference fails on generated inputs: {failed.of_the_reference}{_hint(failed.outcome, inputs)}"
    )


def _hint(outcome: Outcome, inputs: InputPlan) -> str:
    """What may help where a reference died or threw: mostly, of lengths and values that it was not made for."""
    # Without lengths and ranges, the user's own code makes the inputs.
    is_likely = outcome in (Outcome.CRASH, Outcome.OUT_OF_MEMORY) and bool(inputs.lengths or inputs.ranges)
    return f"; if it is not made for the sizes and values in force, {_correction(inputs)}" if is_likely else ""


def _correction(inputs: InputPlan) -> str:
    sizes = ",".join(f"{name}={';'.join(lengths)}" for name, lengths in inputs.lengths.items())
    ranges = ",".join(f"{name}={low}:{high}" for name, (low, high) in inputs.ranges.items())
    shown = f", now '{ranges}'" if ranges else ""
    if not sizes:
        return f"bound values with --ranges NAME=LOW:HIGH{shown}"
    return f"correct them with --sizes '{sizes}' or bound index values with --ranges NAME=LOW:HIGH{shown}"
