"""What a small model's replies are bound to: the example's own function, with directives before its loops."""

from agentpar.models.replay import Recorded
from bench.bound import directives, function_of, grammar
from bench.pools import recorded, task_of


def test_each_loop_may_have_a_directive_and_all_else_stands_as_it_does() -> None:
    function = function_of(task_of("spmv"))
    root, *rules = grammar(function).splitlines()
    assert root.startswith('root ::= "```cpp\\n" "void spmv(') and root.endswith('"}\\n" "```"')
    assert root.count(" before") == len(rules) == 2
    assert ['""' in rule for rule in rules] == [False, True]  # the outermost loop has a directive
    assert "#pragma omp parallel for reduction(+:dot)" in directives(function)


def test_what_the_grammar_lets_through_is_a_version_of_the_example() -> None:
    task = task_of("spmv")
    loop = "    for (std::size_t row"
    said = function_of(task).replace(loop, f"    #pragma omp parallel for schedule(dynamic)\n{loop}")
    versions, unusable = recorded(task, [Recorded(task=task.name, completions=(f"```cpp\n{said}```",))])
    assert versions == [task.source.replace(loop, f"    #pragma omp parallel for schedule(dynamic)\n{loop}")]
    assert not unusable
