"""The report of a run in Markdown: the finding, the evidence, and what could not be checked."""

from pathlib import Path

from jinja2 import Environment, StrictUndefined

from agentpar.reporting import words
from agentpar.reporting.decomposition import summary
from agentpar.reporting.result import Result

_SPECIAL = str.maketrans({c: f"\\{c}" for c in "\\|`<>[]*_&"})


def _cell(text: str) -> str:
    return words.in_one_line(text, 240).translate(_SPECIAL)


def render_markdown(result: Result) -> str:
    """The whole report."""
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)
    environment.filters |= {
        "evidence": words.evidence,
        "interval": words.interval,
        "instructions": words.instructions,
        "counted": words.counted,
        "lines_of": words.lines_of,
        "summary": summary,
    }
    # Feedback holds candidate text: one line each, and no table of ours is broken by it.
    environment.filters["cell"] = lambda text: _cell(str(text))
    template = environment.from_string(
        (Path(__file__).parent / "templates" / "report.md.jinja").read_text(encoding="utf-8")
    )
    return template.render(result=result, evidence=result.evidence)
