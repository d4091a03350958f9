"""Writes the few lines of C++ that tie one task's types to the harness in `sandboxes/harness`."""

import re
from collections.abc import Iterable

from agentpar.languages.cpp import Function, Parameter, structs
from agentpar.languages.cpp import prelude as prelude_of
from agentpar.languages.inputs import InputPlan, interval_of
from agentpar.sections import built_as_one, told_by_line
from agentpar.task import HYBRID, RANKS_TARGETS, Compare, Inputs, Target, Task

_ENTRY = "agentpar_entry"


def _carried(parameter: Parameter) -> str:
    """The parameter's type where no array syntax is allowed."""
    return re.sub(r"\[[^\]]*\]", "*", parameter.type, count=1)


def _function_type(function: Function) -> str:
    return f"{function.returns}({', '.join(_carried(p) for p in function.parameters)})"


def _usings(function: Function) -> str:
    """Makes the entry's namespace visible: its parameter types may be written relative to it."""
    plain = re.sub(r"<.*>$", "", function.call)
    namespace = plain.rpartition("::")[0]
    return f"using namespace {namespace};\n" if namespace else ""


def trampoline(task: Task, function: Function, layouts: str = "") -> str:
    """What is appended to a source so that its entry can be found by a fixed name, whatever its linkage.

    The assignment picks the overload and instantiates the template; a changed signature is a compile error here, and so
    is a struct that is laid out otherwise than `layouts`, the judge's own words, says.
    """
    parameters = ", ".join(_carried(p) for p in function.parameters)
    c_in_cpp = "#define restrict __restrict__\n" if task.path.suffix == ".c" else ""
    return (
        f"{_same_layouts(task, layouts)}"
        f'\n#line 1 "the signature of {function.name} that the task asks for"\n'
        f"#ifdef __cplusplus\n{c_in_cpp}"
        'extern "C"\n'
        "#endif\n"
        f'__attribute__((visibility("default"), used)) void* {_ENTRY}(void) {{\n'
        f"    {_usings(function)}"
        f"    {function.returns} (*agentpar_function)({parameters or 'void'}) = &{function.call};\n"
        "    return (void*)agentpar_function;\n"
        "}\n"
    )


def _same_layouts(task: Task, layouts: str) -> str:
    """Assertions from lines of `NAME SIZE OFFSET...`, one for each struct."""
    asserted, is_c = [], task.path.suffix == ".c" and task.target != "cuda"
    by_name = {struct.name: struct.fields for struct in structs(task.source)}
    for name, size, *offsets in (line.split() for line in layouts.splitlines()):
        kind = f"struct {name}" if is_c and re.search(rf"\bstruct\s+{name}\b", task.source) else name
        facts = [f"sizeof({kind}) == {size}"]
        facts += [f"__builtin_offsetof({kind}, {f}) == {at}" for f, at in zip(by_name[name], offsets, strict=True)]
        check = "_Static_assert" if is_c else "static_assert"
        asserted.append(f'{check}({" && ".join(facts)}, "{name} must keep its layout: callers see it");\n')
    return f'\n#line 1 "the structs that the task\'s callers see"\n{"".join(asserted)}' if asserted else ""


def prelude(task: Task) -> str:
    """The source's directives, types and constants, without the functions under test."""
    # What is wrong in it is told by the lines of the user's files.
    text = built_as_one(prelude_of(task.source))
    own = told_by_line(text) if task.others else f"#line 1 {_quoted(task.path.name)}\n{text}"
    if task.path.suffix == ".c":
        # C's own name for it; types and constants of C headers mean the same in C++.
        own = f"#define restrict __restrict__\n{own}"
    return f"#pragma once\n#include <array>\n#include <cstdint>\n#include <vector>\n{own}\n"


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _fields(task: Task) -> str:
    parts = []
    for struct in structs(task.source):
        calls = " ".join(f'f("{name}", a.{name}, b.{name});' for name in struct.fields)
        parts.append(
            f"template <> struct agentpar::Fields<{struct.name}> {{\n"
            # Of that name may be something of the harness's own.
            f"    template <class F> static void each(F&& f, ::{struct.name}& a, ::{struct.name}& b) {{ {calls} }}\n"
            "};\n"
        )
    return "".join(parts)


def _layouts(task: Task) -> str:
    lines = []
    for struct in structs(task.source):
        offsets = "".join(f' << " " << offsetof(::{struct.name}, {field})' for field in struct.fields)
        lines.append(f'        out << "{struct.name} " << sizeof(::{struct.name}){offsets} << "\\n";\n')
    return "".join(lines) or "        (void)out;\n"


def _lengths(expressions: Iterable[str]) -> str:
    return ", ".join(f"static_cast<std::int64_t>({each})" for each in expressions)


def _generators(function: Function, plan: InputPlan, inputs: Inputs) -> str:
    if inputs.code:
        return "        agentpar_inputs(arguments, dims, random);\n        (void)generator;\n"
    # In a block of its own a dimension may bear any name, also that of what is used here.
    lines = ["auto& agentpar_values = arguments;", "const auto& agentpar_dims = dims;"]
    lines += ["auto& agentpar_random = random;", "const auto agentpar_generator = generator;", "{"]
    lines += [f"[[maybe_unused]] const std::int64_t {name} = agentpar_dims[{i}];" for i, name in enumerate(plan.dims)]
    edges: dict[tuple[str, ...], str] = {}
    for i, parameter in enumerate(function.parameters):
        slot = f"std::get<{i}>(agentpar_values)"
        if parameter.name in plan.scalars:
            expression = plan.scalars[parameter.name]
            lines.append(f"{slot} = static_cast<std::decay_t<decltype({slot})>>({expression});")
            continue
        length = plan.lengths.get(parameter.name, ())
        most, least = (_lengths(interval_of(each)[end] for each in length) for end in (0, 1))
        low, high = (f"static_cast<double>({e})" for e in plan.ranges.get(parameter.name, ("-1", "1")))
        named = plan.generators.get(parameter.name)
        kind = f"agentpar::Generator::{named}" if named and named != "uniform" else "agentpar_generator"
        integers = "".join(f", static_cast<double>({each})" for each in plan.integers.get(parameter.name, ()))
        spec = f"{{{{{most}}}, {low}, {high}, {kind}, {{{least}}}{integers}}}"
        lines.append(f"agentpar::generate({slot}, {spec}, agentpar_random);")
        if named == "graph" and parameter.depth == 1 and parameter.element_kind == "integer":
            # Two arrays of ends, equally long, are edges together.
            if other := edges.pop(length, ""):
                lines.append(f"agentpar::separate_all({other}, {slot}, {spec});")
            else:
                edges[length] = slot
    lines += ["}", "(void)agentpar_random, (void)agentpar_generator;"]
    return "".join(f"        {line}\n" for line in lines)


def _owners(function: Function, plan: InputPlan, task: Task) -> str:
    """Which rank has which part of each parameter, and how many rows a parameter has, 0 where each element is one."""
    owners, rows = [], []
    for parameter in function.parameters:
        owner = task.owners.get(parameter.name, "replicated")
        length = plan.lengths.get(parameter.name, ("0",))[0]
        first = re.match(r"\s*([A-Za-z_]\w*)\s*(?:\*|$)", length)
        at = list(plan.dims).index(first[1]) if owner == "blocks" and first and first[1] in plan.dims else -1
        owners.append(f"agentpar::Owner::{owner}")
        rows.append(f"dims[{at}]" if at >= 0 else "0")
    result = task.owners.get("return", "replicated")
    return f"""    static constexpr agentpar::Owner owners[] = {{{", ".join(owners) or "agentpar::Owner::replicated"}}};
    static constexpr agentpar::Owner result_owner = agentpar::Owner::{result};
    static std::array<std::int64_t, {max(1, len(rows))}> rows(const Dims& dims) {{
        (void)dims;
        return {{{", ".join(rows) or "0"}}};
    }}"""


def function_header(task: Task, function: Function) -> str:
    """The header that tells a worker what it calls."""
    return f"""#pragma once
#include "prelude.hpp"
#include "harness/call.hpp"

namespace agentpar_task {{
{_usings(function)}
using Function = {_function_type(function)};
using Arguments = agentpar::Call<Function>::Arguments;
}}  // namespace agentpar_task
"""


def subject(task: Task, function: Function, plan: InputPlan, *, inputs_code: str = "", compare_code: str = "") -> str:
    """The header that describes the task to the judge.

    `inputs_code` and `compare_code` are the user's C++ overrides; they see `Arguments`, `Outputs` and `Dims`.
    """
    names = ", ".join(f'"{p.name}"' for p in function.parameters)
    difference = (
        "        return agentpar_difference(inputs, expected, got);\n"
        if compare_code
        else "        (void)inputs, (void)expected, (void)got;\n        return {};\n"
    )
    return f"""#pragma once
#include "function.hpp"
#include <ostream>
#include "harness/generate.hpp"
#include "harness/owners.hpp"
#include "harness/place.hpp"

{_fields(task)}
namespace agentpar_task {{
using Outputs = agentpar::Outputs<Function>;
using Dims = std::array<std::int64_t, {len(plan.dims)}>;
using agentpar::Random;
{inputs_code}
{compare_code}

struct Subject {{
    using Function = agentpar_task::Function;
    static constexpr std::size_t dims = {len(plan.dims)};
    static constexpr const char* parameters[] = {{{names or '""'}}};
    static constexpr bool compares = {"true" if compare_code else "false"};
{_owners(function, plan, task)}
    static constexpr bool has_ranks = {str(task.target in RANKS_TARGETS).lower()};
    static constexpr agentpar::Handling handling = agentpar::Handling::{_handling(task)};

    static void make(Arguments& arguments, const Dims& dims, Random& random, agentpar::Generator generator) {{
        (void)arguments, (void)dims, (void)random;
{_generators(function, plan, task.inputs)}    }}
    static void layouts(std::ostream& out) {{
{_layouts(task)}    }}
    static std::string difference(const Arguments& inputs, const Outputs& expected, const Outputs& got) {{
{difference}    }}
}};
}}  // namespace agentpar_task
"""


def _handling(task: Task) -> str:
    if task.target != "cuda":
        return "none"
    return "copies" if task.cuda.pointers == "device" else "flushes"


JUDGE = """#include "function.hpp"
#include "harness/judge.hpp"
#include "subject.hpp"
int main(int argc, char** argv) { return agentpar::judge_main<agentpar_task::Subject>(argc, argv); }
"""

_COUNT = """#include "subject.hpp"
#include "harness/count.hpp"
int main(int argc, char** argv) { return agentpar::count_main<agentpar_task::Subject>(argc, argv); }
"""

_WORKER = """#include "function.hpp"
#include "harness/worker.hpp"
int main(int argc, char** argv) { return agentpar::worker_main<agentpar_task::Function>(argc, argv); }
"""

# OpenMP has its own way to say how many threads there are.
_THREAD_COUNT: dict[Target, str] = {
    "openmp": "",
    "threads": '#include "harness/thread_count.hpp"\n',
    "stdpar": '#define AGENTPAR_TBB\n#include "harness/thread_count.hpp"\n',
    "mpi": "",
    "mpi+openmp": "",
    "cuda": "",
}


def count(task: Task) -> str:
    """The program that a tool counts instructions of."""
    return _THREAD_COUNT[task.target] + _COUNT


def worker(task: Task) -> str:
    """The worker, which loads an object and calls its function."""
    return _THREAD_COUNT[task.target] + _WORKER


_RANKS_WORKER = """#include "function.hpp"
#include "harness/mpi_calls.hpp"
int main(int argc, char** argv) {{ return agentpar::ranks_main<agentpar_task::Function>(argc, argv, {}); }}
"""


def ranks_worker(task: Task) -> str:
    """The worker of MPI's ranks, which get one CPU each or, where they may have threads, their share of all."""
    return _RANKS_WORKER.format("agentpar::Cpus::share" if task.target == HYBRID else "agentpar::Cpus::one")


_PLACES = {"host": "OnDevice", "device": "WithDevicePointers"}


def device_worker(task: Task) -> str:
    """The worker of candidates on a device."""
    place = f"agentpar::{_PLACES[task.cuda.pointers]}<agentpar_task::Function>"
    main = _WORKER.replace("<agentpar_task::Function>", f"<agentpar_task::Function, {place}>")
    return '#include "harness/device.hpp"\n' + main


def device_call(task: Task) -> str:
    """The program that a tool watches one call of on a device."""
    place = f"agentpar::{_PLACES[task.cuda.pointers]}<agentpar_task::Function>"
    main = _COUNT.replace("<agentpar_task::Subject>", f"<agentpar_task::Subject, {place}>")
    return '#include "harness/device.hpp"\n' + main


def tolerance_line(compare: Compare) -> str:
    """The plan's line that sets tolerances; a negative relative tolerance asks for the type's own."""
    relative = -1.0 if compare.rtol is None else compare.rtol
    return f"tolerance {relative} {compare.atol or 0.0} {int(compare.bitwise)}\n"
