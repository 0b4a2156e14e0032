"""How fast, and how we know: `python -m bench` measures the service beside its rivals and prints one table.

Every figure is the median, with minimum and maximum, of slices that take turns with those they are compared to, in
one run, on one machine, with fsync on. Wall time of one slice moves threefold on shared machines; ratios of slices
that took turns, and CPU time per event, do not. Everything that is started here is stopped here.
"""
