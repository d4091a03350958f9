"""Run every benchmark, one after the other: they time, so they do not run side by side."""

from bench import examples, overhead, timing

print("# What a candidate costs beyond its build and its runs\n", flush=True)
overhead.main([])
print("\n# Known ratios\n", flush=True)
timing.main([])
print("\n# The examples\n", flush=True)
examples.main([])
