"""Command lines: how the user's build, the candidates' build and the sanitized builds differ."""

from collections.abc import Sequence

from agentpar.languages.prelude import leading_includes
from agentpar.task import RANKS_TARGETS, Target, Task, is_before_cpp17
from agentpar.verdict import Frozen

PUBLIC, PRIVATE = "task/public", "task/private"
# Where headers of the user's project lie, and, in work, all of it that several files of a candidate need.
PROJECT, APART = f"{PUBLIC}/project", "apart"
_MACROS = ("-D", "-U")
_HARNESS_FLAGS = ("-O1", "-I.", "-I../public")

# The C++ bindings are gone from the standard, and take longer to read than all the rest.
_MPI_FLAGS = ("-DOMPI_SKIP_MPICXX", "-DMPICH_SKIP_MPICXX")
# What turns a target's constructs on. Without it an OpenMP pragma is a silent comment.
TARGET_FLAGS: dict[Target, tuple[str, ...]] = {
    "openmp": ("-fopenmp",),
    "threads": ("-pthread",),
    "stdpar": ("-pthread", "-ltbb"),
    "mpi": _MPI_FLAGS,
    "mpi+openmp": ("-fopenmp", *_MPI_FLAGS),
    "multiprocessing": (),
    "mpi4py": (),
    "cuda": ("-x", "cu", "--expt-relaxed-constexpr"),
}
# The same for Clang where races are watched; TBB is not instrumented, so the algorithms run on threads there.
_RACE_FLAGS: dict[Target, tuple[str, ...]] = {
    "openmp": ("-fopenmp=libomp",),
    "threads": ("-pthread",),
    "stdpar": ("-pthread", "-include../task/public/harness/parallel_backend.hpp"),
    "mpi": (),
    "mpi+openmp": ("-fopenmp=libomp", *_MPI_FLAGS),
    "cuda": (),
}
# Where TBB is installed, libstdc++ would ask for it wherever <execution> is included, and serial code does not link it.
_WITHOUT_TBB = "-D_GLIBCXX_USE_TBB_PAR_BACKEND=0"

# What makes an object that is loaded into a worker. Its own definitions come first, as in a program of the user's: a
# `step`, `y1` or `index` of theirs is not libc's, and compilers may inline them all. Operators new and delete stay the
# library's, which frees what both allocate; see the header.
_CODE = ("-fPIC", "-fno-semantic-interposition")
# Where a function begins within a cache line can decide whether its loops take half as long again (Mytkowicz et al.,
# Producing wrong data without doing anything obviously wrong, ASPLOS 2009), and that goes by how long the functions
# before it are. So code that a candidate leaves alone is as fast in its object as in the baseline's.
_ALIGNED = "-falign-functions=64"
SHARED = (*_CODE, "-shared", "-Wl,-Bsymbolic,--dynamic-list-cpp-new")
OPERATORS = "harness/replaceable.hpp"

_COMPILERS_OF_CPP = {"gcc": "g++", "clang": "clang++"}

CLANG, CLANG_C = "clang++-16", "clang-16"
SANITIZE = (
    "-O1",
    "-g",
    "-fno-omit-frame-pointer",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
)
SANITIZER_ENVIRONMENT = {
    "ASAN_OPTIONS": "detect_leaks=0:abort_on_error=0",
    "UBSAN_OPTIONS": "print_stacktrace=0",
}


class Toolchain(Frozen):
    """The flags of one task. `include` are folders below the sandbox's root; `suffix` decides between C and C++."""

    suffix: str
    compiler: str
    standard: str
    flags: tuple[str, ...]
    target: Target
    include: tuple[str, ...]
    has_precompiled_header: bool = False
    cuda_root: str = ""
    """The CUDA toolkit's folder; empty but for the target `cuda`."""
    architecture: str = ""

    def baseline(self) -> list[str]:
        """The user's serial build, in task/private."""
        return self._object("baseline", "reference", "../..", _WITHOUT_TBB, *self.flags)

    def identity(self) -> list[str]:
        """The untouched source built as candidates are, in task/private; for a device, as it is built today."""
        if self.target == "cuda":
            return self._object("identity", "reference", "../..", _WITHOUT_TBB, *self.flags)
        return self._object("identity", "reference", "../..", *self._candidate_flags(), compiler=self._wrapped())

    def profiled(self) -> list[str]:
        """The user's serial build of a source whose functions are kept apart, in task/private. Not every compiler knows
        each attribute that keeps them so, and a warning may be an error to the user.
        """
        return self._object("profiled", "profiled", "../..", *self.flags, "-w", "-g")

    def covered(self) -> list[str]:
        """The reference built for gcov, in task/private; that no assertion fails needs no input that makes one fail."""
        flags = (_WITHOUT_TBB, *self._portable_flags(), "-w", "-O0", "-DNDEBUG", "--coverage")
        return self._object("covered", "reference", "../..", *flags)

    def candidate(self) -> list[str]:
        """A candidate's build, in work."""
        if self.target == "cuda":
            return self._by_nvcc("candidate", "-lineinfo", "-Xptxas=-v")
        header = ("-include", "../task/public/pch.hpp") if self.has_precompiled_header else ()
        flags = (*header, *self._candidate_flags(), "-fdiagnostics-color=never")
        return self._object("candidate", "candidate", "..", *flags, compiler=self._wrapped())

    def apart(self, files: Sequence[str]) -> list[str]:
        """A candidate's files, each compiled by itself as in the user's project, which is in work/apart."""
        plain, libraries = _apart(self._candidate_flags())
        include = [f"-I{APART}/{folder.removeprefix(PROJECT).lstrip('/')}" for folder in self.include]
        options = [
            f"-std={self.standard}",
            *include,
            *plain,
            "-w",
            "-fdiagnostics-color=never",
            "-fPIC",
            "-shared",
            # What no file defines would only be missed by who links the project's program.
            "-Wl,-z,defs",
        ]
        language = ("-x", "c++" if self.is_cpp else "c")
        sources = (*language, *(f"{APART}/{file}" for file in files), "-x", "none")
        return [*self._wrapped(), *options, "-o", "apart.so", *sources, *libraries, "-lm"]

    def race_candidate(self) -> list[str]:
        """A candidate instrumented for data races, in work."""
        flags = (_WITHOUT_TBB, *self._portable_flags(), "-O1", "-g", *_RACE_FLAGS[self.target])
        flags = (*flags, "-fsanitize=thread", "-fno-color-diagnostics")
        return self._object("race", "candidate", "..", *flags, compiler=self._wrapped(self.clang))

    def mpi_checks(self, *, analyses: bool) -> list[str]:
        """Clang's checks of a candidate's MPI, in work: of buffers and datatypes, or, by its analyser, of requests."""
        flags = (f"-std={self.standard}", *self._include(".."), *self._definitions(), *_MPI_FLAGS)
        types = (
            "-fsyntax-only",
            "-Wno-everything",
            "-Wtype-safety",
            "-include",
            "../task/public/harness/mpi_types.hpp",
        )
        requests = ("--analyze", "--analyzer-no-default-checks", "-Xclang", "-analyzer-checker=optin.mpi.MPI-Checker")
        checks = (*requests, "-Xclang", "-analyzer-output=text") if analyses else types
        return [*self._wrapped(self.clang), *flags, *checks, "-fno-color-diagnostics", f"candidate{self.suffix}"]

    def sanitized_reference(self) -> list[str]:
        """The reference under AddressSanitizer and UndefinedBehaviorSanitizer, in task/private."""
        return self._object("sanitized", "reference", "../..", _WITHOUT_TBB, *self._portable_flags(), *SANITIZE)

    def tests(self) -> list[str]:
        """A source and a program that tests it, under sanitizers, in work."""
        flags = (*self._include(".."), _WITHOUT_TBB, *self._portable_flags(), *SANITIZE, "-O0", "-UNDEBUG")
        command = [self.compiler, f"-std={self.standard}", *flags, "-fdiagnostics-color=never"]
        return [*command, "-o", "tests", f"source{self.suffix}", f"tests{self.suffix}"]

    def precompiled_header(self) -> list[str]:
        """The headers the source begins with, compiled once with the candidates' flags, in task/public."""
        kind = "c++-header" if self.is_cpp else "c-header"
        flags = (f"-std={self.standard}", _ALIGNED, *self._candidate_flags(), *_CODE, "-x", kind)
        return [*self._wrapped(), *_apart(flags)[0], "-o", "pch.hpp.gch", "pch.hpp"]

    def program(self, name: str, *extra: str, runs_candidates: bool = False) -> list[str]:
        """One of our own programs, from NAME.cpp in task/public or task/private; the harness is C++17."""
        libraries = self._libraries() if runs_candidates else ()
        return [*self._harness(), *extra, "-o", name, f"{name}.cpp", "-ldl", *libraries]

    def worker_object(self) -> list[str]:
        """The worker before it is linked, in task/public. It is not instrumented: only candidates are watched."""
        return [*self._harness(), "-fPIE", "-c", "-o", "worker.o", "worker.cpp"]

    def worker(self, name: str, *linked: str, compiler: str = "g++") -> list[str]:
        """The worker linked under a name, in task/public; `linked` are sources and flags, such as a sanitizer's."""
        return [compiler, "-I.", "-o", name, "worker.o", *linked, "-ldl", *self._libraries()]

    def ranks_worker_object(self) -> list[str]:
        """The worker of MPI's ranks before it is linked, in task/public; see `worker_object`."""
        flags = (*self._harness()[1:], *_MPI_FLAGS, "-pthread", "-fPIE")
        return [*_by_mpicxx("g++"), *flags, "-c", "-o", "worker-ranks.o", "worker-ranks.cpp"]

    def ranks_worker(self, name: str, *linked: str, compiler: str = "g++") -> list[str]:
        """The worker of MPI's ranks linked under a name, in task/public. Candidates call MPI through it: its symbols
        come first.
        """
        return [*_by_mpicxx(compiler), "-rdynamic", "-pthread", "-o", name, "worker-ranks.o", *linked, "-ldl"]

    @property
    def clang(self) -> str:
        """What compiles candidates where they are watched for races."""
        return CLANG if self.is_cpp else CLANG_C

    @property
    def has_ranks(self) -> bool:
        """Whether candidates are MPI's ranks."""
        return self.target in RANKS_TARGETS

    def _wrapped(self, compiler: str = "") -> list[str]:
        """What compiles candidates: the user's compiler or another, by way of MPI's wrapper where MPI is asked for."""
        chosen = compiler or self.compiler
        if not self.has_ranks:
            return [chosen]
        return _by_mpicxx(chosen) if self.is_cpp else ["env", f"OMPI_CC={chosen}", f"MPICH_CC={chosen}", "mpicc"]

    def _harness(self) -> list[str]:
        standard = self.standard if self.is_cpp and not is_before_cpp17(self.standard) else "c++17"
        flags = (*_HARNESS_FLAGS, _WITHOUT_TBB, *self._definitions(), *self._include("../.."))
        return ["g++", f"-std={standard}", *flags]

    @property
    def is_cpp(self) -> bool:
        """Whether the source is C++ rather than C."""
        return self.suffix == ".cpp"

    def _object(self, name: str, source: str, root: str, *flags: str, compiler: Sequence[str] = ()) -> list[str]:
        """A shared object built from a source beside it; `root` is the way from there to the root of the sandbox."""
        plain, libraries = _apart(flags)
        # After a precompiled header, which comes first or not at all, and holds this one.
        operators = (f"-include{root}/{PUBLIC}/{OPERATORS}",) if self.is_cpp else ()
        options = (f"-std={self.standard}", _ALIGNED, *self._include(root), *plain, *operators, *SHARED)
        # Linkers that keep only what is needed so far want libraries last.
        return [*(compiler or [self.compiler]), *options, "-o", f"{name}.so", f"{source}{self.suffix}", *libraries]

    def device_program(self, name: str) -> list[str]:
        """One of our own programs in CUDA C++, from NAME.cu, to run on any device."""
        nvcc = f"{self.cuda_root}/bin/nvcc"
        return [nvcc, "-std=c++17", "-O1", "-lineinfo", f"-L{self.cuda_root}/lib", "-o", name, f"{name}.cu"]

    def _by_nvcc(self, name: str, *more: str) -> list[str]:
        """A shared object of CUDA C++ in work: the user's flags go to the compiler of its host code.

        NVIDIA's compiler knows no dialects of GNU's, and its library of parallel algorithms needs C++17.
        """
        standard = self.standard.replace("gnu", "c") if self.is_cpp else "c++17"
        standard = "c++17" if is_before_cpp17(standard) else standard
        definitions = self._definitions()
        host = [flag.replace(",", "\\,") for flag in (_WITHOUT_TBB, *self.flags) if flag not in definitions]
        return [
            f"{self.cuda_root}/bin/nvcc",
            *TARGET_FLAGS["cuda"],
            f"-std={standard}",
            f"-arch={self.architecture}",
            f"-ccbin={_COMPILERS_OF_CPP.get(self.compiler, self.compiler)}",
            *self._include(".."),
            *definitions,
            *(f"-Xcompiler={flag}" for flag in (_ALIGNED, *host, *_CODE, "-fdiagnostics-color=never")),
            "-shared",
            "-Xlinker=-Bsymbolic,--dynamic-list-cpp-new",
            *more,
            f"-L{self.cuda_root}/lib",
            "-o",
            f"{name}.so",
            f"candidate{self.suffix}",
        ]

    def _candidate_flags(self) -> tuple[str, ...]:
        """The user's flags and the target's."""
        without = () if self.target == "stdpar" else (_WITHOUT_TBB,)
        return (*without, *self.flags, *TARGET_FLAGS[self.target])

    def _libraries(self) -> tuple[str, ...]:
        return _apart(TARGET_FLAGS[self.target])[1]

    def _definitions(self) -> list[str]:
        """The macros that the user's flags set: declarations that our programs share with the source need them."""
        before = ("", *self.flags)
        return [f for last, f in zip(before, self.flags, strict=False) if f.startswith(_MACROS) or last in _MACROS]

    def _include(self, root: str) -> list[str]:
        return [f"-I{root}/{folder}" for folder in self.include]

    def _portable_flags(self) -> list[str]:
        """What a sanitized build keeps of the user's flags: defines and language options, not code generation."""
        return [f for f in self.flags if not f.startswith(("-O", "-march", "-mtune", "-flto", "-g", "-ffast-math"))]


def _by_mpicxx(compiler: str) -> list[str]:
    return ["env", f"OMPI_CXX={compiler}", f"MPICH_CXX={compiler}", "mpicxx"]


def _apart(flags: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Flags, and the libraries among them."""
    libraries = tuple(flag for flag in flags if flag.startswith("-l"))
    return tuple(flag for flag in flags if flag not in libraries), libraries


def toolchain_of(task: Task, include: tuple[str, ...]) -> Toolchain:
    """The toolchain for a task whose headers lie in `include` folders of the sandbox."""
    is_c = task.path.suffix == ".c"
    return Toolchain(
        suffix=".c" if is_c else ".cpp",
        compiler=task.build.compiler,
        standard=task.build.standard,
        flags=task.build.flags,
        target=task.target,
        include=include,
    )


def precompiled_header_source(task: Task) -> str:
    """The include lines that the precompiled header holds."""
    own = (f'#include "{OPERATORS}"',) if task.path.suffix != ".c" else ()
    return "\n".join((*own, *leading_includes(task.source))) + "\n"
