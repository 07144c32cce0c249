"""Every kernel of every tier: equal to the portable one bit for bit, which equals its definition.

One file per body file of csrc/kernels/body; what an op is comes from the twin in tests/reference.
Activations, losses, metrics and optimisers are enumerated from the core's tables.
"""
