"""What kernels are made of, as text: their definition, their launch, and what the source needs besides."""

from collections.abc import Sequence
from dataclasses import dataclass

THREADS = 256
_MOST_BLOCKS = 1024  # of a reduction: each leaves one part, which the host adds up
_IDENTITIES = {"+": "0", "-": "0", "*": "1"}
_FOLDS = {
    "+": "{0} + {1}",
    "-": "{0} + {1}",
    "*": "{0} * {1}",
    "min": "{1} < {0} ? {1} : {0}",
    "max": "{0} < {1} ? {1} : {0}",
}
OPERATORS = frozenset(_FOLDS)

# Buffers come from the device's pool, which keeps them from call to call.
SUPPORT = """\
namespace on_device {

// Fails as the call that went wrong says.
inline void check(cudaError_t status) {
    if (status != cudaSuccess) throw std::runtime_error(cudaGetErrorString(status));
}

// A copy on the device of `count` values of the host; what is not const is copied back at the end of its life.
template <class T>
class Copy {
public:
    using Value = std::remove_const_t<T>;

    Copy(T* host, std::size_t count) : host_(host), bytes_(count * sizeof(T)) {
        static const bool keeps = keep_freed();
        static_cast<void>(keeps);
        if (bytes_ == 0) return;
        check(cudaMallocAsync(reinterpret_cast<void**>(&data_), bytes_, nullptr));
        check(cudaMemcpyAsync(data_, host, bytes_, cudaMemcpyHostToDevice, nullptr));
    }
    ~Copy() {
        if (bytes_ == 0) return;
        if constexpr (!std::is_const_v<T>) cudaMemcpy(host_, data_, bytes_, cudaMemcpyDeviceToHost);
        cudaFreeAsync(data_, nullptr);
    }
    Copy(const Copy&) = delete;
    Copy& operator=(const Copy&) = delete;
    T* data() const { return data_; }

private:
    static bool keep_freed() {
        cudaMemPool_t pool{};
        unsigned long long most = ~0ULL;
        check(cudaDeviceGetDefaultMemPool(&pool, 0));
        check(cudaMemPoolSetAttribute(pool, cudaMemPoolAttrReleaseThreshold, &most));
        return true;
    }

    T* host_;
    Value* data_ = nullptr;
    std::size_t bytes_;
};

}  // namespace on_device

"""
INCLUDES = ("cstddef", "stdexcept", "type_traits")


@dataclass(frozen=True)
class Array:
    """What a kernel gets a pointer to: its elements' type, where it is on the host, and how many there are."""

    name: str
    element: str
    host: str
    count: str


@dataclass(frozen=True)
class Level:
    """One counter of the loops that a kernel takes the place of."""

    counter: str
    kind: str
    first: str
    end: str


@dataclass(frozen=True)
class Sum:
    """A scalar that all iterations fold into: its operator, name and type."""

    sign: str
    name: str
    kind: str

    @property
    def begin(self) -> str:
        """What a thread begins with; of a minimum or maximum, the value so far."""
        return _IDENTITIES.get(self.sign, f"{self.name}_so_far")

    def fold(self, a: str, b: str) -> str:
        """Two values in one."""
        return _FOLDS[self.sign].format(a, b)


@dataclass(frozen=True)
class Kernel:
    """A loop nest as a kernel.

    `scalars` are parameters by value: type, name, and what is given for them. `own` are each thread's variables.
    """

    name: str
    levels: tuple[Level, ...]
    arrays: tuple[Array, ...]
    scalars: tuple[tuple[str, str, str], ...]
    own: tuple[tuple[str, str], ...]
    sums: tuple[Sum, ...]
    body: tuple[str, ...]

    def definition(self) -> str:
        """The kernel's text: each thread takes every so manyth of the iterations."""
        parameters = [f"{array.element}* {array.name}" for array in self.arrays]
        parameters += [f"{kind} {name}" for kind, name, _ in self.scalars]
        for level in self.levels:
            parameters += [f"{level.kind} {level.counter}_first", f"std::size_t {level.counter}_count"]
        parameters += [f"{s.kind} {s.begin}" for s in self.sums if s.sign not in _IDENTITIES]
        parameters += [f"{s.kind}* {s.name}_parts" for s in self.sums]
        total = " * ".join(f"{level.counter}_count" for level in self.levels)
        lines = [f"{s.kind} {s.name} = {s.begin};" for s in self.sums]
        lines += [
            "const std::size_t stride = static_cast<std::size_t>(gridDim.x) * blockDim.x;",
            "for (std::size_t index = static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x; "
            f"index < {total}; index += stride) {{",
            *(f"    {line}" for line in self._counters()),
            *(f"    {kind} {name}{{}};" for kind, name in self.own),
            *(f"    {line}" if line.strip() else "" for line in self.body),
            "}",
        ]
        for s in self.sums:
            lines += self._block_sum(s)
        head = f"__global__ void {self.name}({', '.join(parameters)}) {{"
        return "\n".join([head, *(f"    {line}" if line else "" for line in lines), "}", ""])

    def _counters(self) -> list[str]:
        lines, inner = [], [level.counter for level in self.levels]
        for number, level in enumerate(self.levels):
            below = " * ".join(f"{name}_count" for name in inner[number + 1 :])
            offset = f"index / ({below})" if below else "index"
            offset = f"{offset} % {level.counter}_count" if number else offset
            lines.append(
                f"const {level.kind} {level.counter} = {level.counter}_first + static_cast<{level.kind}>({offset});"
            )
        return lines

    def _block_sum(self, s: Sum) -> list[str]:
        block = f"cub::BlockReduce<{s.kind}, {THREADS}>"
        folded = s.fold("a", "b")
        return [
            f"__shared__ typename {block}::TempStorage {s.name}_storage;",
            f"const auto {s.name}_fold = [](const {s.kind}& a, const {s.kind}& b) {{ return {folded}; }};",
            f"const {s.kind} {s.name}_block = {block}({s.name}_storage).Reduce({s.name}, {s.name}_fold);",
            f"if (threadIdx.x == 0) {s.name}_parts[blockIdx.x] = {s.name}_block;",
        ]

    def launch(self, *, copies: bool) -> list[str]:
        """The lines that take the loops' place; `copies` brings arrays to the device and back."""
        lines = ["{"]
        for level in self.levels:
            lines.append(
                f"    const {level.kind} {level.counter}_first = {level.first}, {level.counter}_end = {level.end};"
            )
            lines.append(
                f"    const std::size_t {level.counter}_count = {level.counter}_first < {level.counter}_end "
                f"? static_cast<std::size_t>({level.counter}_end - {level.counter}_first) : 0;"
            )
        total = " * ".join(f"{level.counter}_count" for level in self.levels)
        blocks = f"(total + {THREADS - 1}) / {THREADS}"
        most = str(_MOST_BLOCKS) if self.sums else "1 << 30"
        lines += [
            f"    const std::size_t total = {total};",
            "    if (total > 0) {",
            f"        const std::size_t blocks = std::min<std::size_t>({blocks}, {most});",
        ]
        lines += [f"        std::vector<{s.kind}> {s.name}_parts(blocks);" for s in self.sums]
        lines += ["        {"] if self.sums else []
        lines += [f"        {'    ' if self.sums else ''}{line}" for line in self._call(copies)]
        lines += ["        }"] if self.sums else []
        for s in self.sums:
            lines.append(f"        for (const {s.kind}& part : {s.name}_parts) {s.name} = {s.fold(s.name, 'part')};")
        return [*lines, "    }", "}"]

    def _call(self, copies: bool) -> list[str]:
        lines, given = [], []
        for array in self.arrays:
            if copies:
                lines.append(f"on_device::Copy<{array.element}> {array.name}_copy({array.host}, {array.count});")
            given.append(f"{array.name}_copy.data()" if copies else array.name)
        lines += [f"on_device::Copy<{s.kind}> {s.name}_copy({s.name}_parts.data(), blocks);" for s in self.sums]
        given += [value for _, _, value in self.scalars]
        for level in self.levels:
            given += [f"{level.counter}_first", f"{level.counter}_count"]
        given += [s.name for s in self.sums if s.sign not in _IDENTITIES]
        given += [f"{s.name}_copy.data()" for s in self.sums]
        lines.append(f"{self.name}<<<static_cast<unsigned>(blocks), {THREADS}>>>({', '.join(given)});")
        return [*lines, "on_device::check(cudaGetLastError());"]


def includes(kernels: Sequence[Kernel]) -> tuple[str, ...]:
    """The headers that kernels and their launches need."""
    found = {"algorithm", *INCLUDES}
    if any(kernel.sums for kernel in kernels):
        found |= {"cub/block/block_reduce.cuh", "vector"}
    if any("cuda::atomic_ref" in line for kernel in kernels for line in kernel.body):
        found |= {"cuda/atomic"}
    return tuple(sorted(found))
