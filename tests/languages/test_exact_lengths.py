"""Lengths where subscripts multiply sums, as windows and halos have it."""

from itertools import product
from pathlib import Path

import pytest

from agentpar.languages.cpp import find_function
from agentpar.languages.sizes import InputPlan, infer_inputs

IMAGE = "const double* in, const double* k, double* out, int h, int w, int r"
PIXELS = "for (int y = 0; y < h; ++y) for (int x = 0; x < w; ++x)"
WINDOW = "for (int dy = -r; dy <= r; ++dy) for (int dx = -r; dx <= r; ++dx)"
TAP = "k[(dy + r) * (2 * r + 1) + dx + r]"


def plan_of(parameters: str, body: str) -> InputPlan:
    source = f"#include <algorithm>\nvoid f({parameters}) {{ {body} }}"
    return infer_inputs(source, find_function(source, "f", path=Path("k.cpp")))


def filtered(pixel: str) -> str:
    return f"{PIXELS} {{ double s = 0; {WINDOW} s += {pixel}; out[y * w + x] = s; }}"


@pytest.mark.parametrize(
    ("parameters", "body", "expected"),
    [
        (
            IMAGE,
            filtered(f"in[std::clamp(y + dy, 0, h - 1) * w + std::clamp(x + dx, 0, w - 1)] * {TAP}"),
            "in=h*w k=(2*r+1)*(2*r+1) out=h*w",
        ),
        (
            IMAGE,
            filtered(f"in[(y + dy + r) * (w + 2 * r) + x + dx + r] * {TAP}"),
            "in=(h+2*r)*(w+2*r) k=(2*r+1)*(2*r+1) out=h*w",
        ),
        (
            "const double* k, double* out, int n, int r",
            "for (int i = 0; i < n; ++i) for (int a = 0; a <= r; ++a) for (int b = 0; b <= r; ++b)"
            " out[i] += k[a * (r + 1) + b];",
            "k=(r+1)*(r+1) out=n",
        ),
        (
            "const double* k, double* out, int n, int r",
            "const int side = 2 * r + 1; for (int i = 0; i < n; ++i) for (int a = 0; a < side; ++a)"
            " for (int b = 0; b < side; ++b) out[i] += k[a * side + b];",
            "k=(2*r+1)*(2*r+1) out=n",
        ),
        (
            "const double* x, const double* k, double* out, int n, int r",
            "for (int i = 0; i < n; ++i) for (int d = -r; d <= r; ++d) out[i] += x[i + d + r] * k[d + r];",
            "x=n+2*r k=2*r+1 out=n",
        ),
        (
            "const double* a, double* out, int n",
            "for (int i = 1; i <= n; ++i) for (int j = 1; j <= n; ++j)"
            " out[i * (n + 2) + j] = a[(i + 1) * (n + 2) + j] + a[i * (n + 2) + j + 1];",
            "a=(n+2)*(n+2) out=(n+2)*(n+2)",
        ),
        (
            "const double* in, double* out, int h, int w, int r",
            f"{PIXELS} for (int d = -r; d <= r; ++d) out[y * w + x] += in[(y + r + d) * (w + 2 * r) + x + r]"
            " + in[(y + r) * (w + 2 * r) + x + r + d];",
            "in=(h+2*r)*(w+2*r) out=h*w",
        ),
        (
            "const double* x, double* out, int nz, int ny, int nx, int r",
            "for (int i = 0; i < nz; ++i) for (int j = 0; j < ny; ++j) for (int k = 0; k < nx; ++k)"
            " for (int d = 0; d <= 2 * r; ++d)"
            " out[(i * ny + j) * nx + k] += x[((i + d) * (ny + 2 * r) + j + d) * (nx + 2 * r) + k + d];",
            "x=(nz+2*r)*(ny+2*r)*(nx+2*r) out=nz*ny*nx",
        ),
        (
            "const double* in, double* out, int n, int c, int h, int w",
            "for (int i = 0; i < n; ++i) for (int j = 0; j < c; ++j) for (int y = 0; y < h; ++y)"
            " for (int x = 0; x < w; ++x) out[((i * c + j) * h + y) * w + x]"
            " = in[((i * c + j) * (h + 2) + y + 2) * (w + 2) + x + 2];",
            "in=n*c*(h+2)*(w+2) out=n*c*h*w",
        ),
        (
            "const double* in, const double* k, double* out, int h, int w",
            f"const int P = 8; {PIXELS} for (int v = 0; v < P; ++v) for (int u = 0; u < P; ++u)"
            " out[y * w + x] += in[(y + v) * (w + P) + x + u] * k[v * P + u];",
            "in=(h+7)*(w+8) k=64 out=h*w",
        ),
        (
            "const double* x, double* out, int n, int k",
            "for (int i = 0; i < n; ++i) for (int j = 0; j < k * k + k + 1; ++j) out[i] += x[i * (k * k + k + 1) + j];",
            "x=n*(k*k+k+1) out=n",
        ),
    ],
)
def test_where_subscripts_multiply_sums_the_length_is_exact(parameters: str, body: str, expected: str) -> None:
    found = {name: ";".join(parts) for name, parts in plan_of(parameters, body).lengths.items()}
    assert found == dict(pair.split("=", 1) for pair in expected.split())


def test_a_distance_of_rows_leaves_room_for_what_lies_around_them() -> None:
    body = f"{PIXELS} {{ {WINDOW} out[y * w + x] += in[(y + dy + r) * pitch + x + dx + r]; }}"
    plan = plan_of("const double* in, double* out, int h, int w, int r, int pitch", body)
    assert plan.scalars["pitch"] == "w+2*r+1"
    assert plan.lengths["in"] == ("(h+2*r)*(w+2*r+1)",)


@pytest.mark.parametrize(
    ("names", "rows", "columns", "kernel"),
    [
        ("r", "h - 2 * r", "w - 2 * r", "(2*r+1)*(2*r+1)"),
        ("kh, int kw", "h - kh + 1", "w - kw + 1", "kh*kw"),
        ("k", "h - k + 1", "w - k + 1", "k*k"),
    ],
)
def test_what_is_left_of_an_image_inside_a_margin_is_no_longer_than_it_and_the_margin_stays_small(
    names: str, rows: str, columns: str, kernel: str
) -> None:
    own = names.split(", int ")
    tall, broad = ("2 * r + 1", "2 * r + 1") if names == "r" else (own[0], own[-1])
    body = (
        f"for (int y = 0; y < {rows}; ++y) for (int x = 0; x < {columns}; ++x) for (int v = 0; v < {tall}; ++v)"
        f" for (int u = 0; u < {broad}; ++u)"
        f" out[y * ({columns}) + x] += in[(y + v) * w + x + u] * taps[v * ({broad}) + u];"
    )
    plan = plan_of(f"const double* in, const double* taps, double* out, int h, int w, int {names}", body)
    assert plan.lengths == {"in": ("h*w",), "taps": (kernel,), "out": ("h*w",)}
    assert plan.dims == {"h": 8, "w": 8, **dict.fromkeys(own, 1)}


@pytest.mark.parametrize("offset", range(4))
@pytest.mark.parametrize("slope", range(1, 4))
def test_no_length_is_too_short_at_any_sizes_in_any_proportion(slope: int, offset: int) -> None:
    row = f"(n + {slope} * m + {offset})"
    body = (
        f"for (int i = 0; i < m + {offset}; ++i) for (int j = 0; j < n + {slope} * m + {offset}; ++j)"
        f" out[i] += a[i * {row} + j];"
    )
    plan = plan_of("const double* a, double* out, int n, int m", body)
    for n, m in product((1, 2, 3, 7, 40, 900), repeat=2):
        needed = (m + offset) * (n + slope * m + offset)
        assert needed <= eval(plan.lengths["a"][0], {"n": n, "m": m}) <= needed + 2, plan.lengths
