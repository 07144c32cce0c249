"""How closely libraries have to agree before they are timed, and why.

A float32 product of k terms has a relative error of a few k * 2^-24 at worst and about
sqrt(k) * 2^-24 as a rule: 4e-6 for k = 4096. Predictions pass a few such layers.

A training loss starts from that, and each step of Adam carries the difference on. Adam divides
by the gradient's size, so a weight whose gradient is nearly zero moves by a whole learning rate
in a direction that rounding decides; there are few such weights in the first steps, and each
moves the loss by the rate times its tiny gradient. Over the nine to twenty-one steps that are
compared, all libraries measured stayed within 3e-5 of each other; a learning rate wrong by a
twentieth shows as 1.7e-3 and more, a last layer without its small biases as 4e-4 and more.
"""

LOSS_TOLERANCE = 1e-4  # relative, on the mean loss of each of the checked epochs
OUTPUT_TOLERANCE = 2e-5  # of the largest output


def loss_difference(found: list[float], wanted: list[float]) -> float:
    """Largest relative difference of two sequences of losses; infinite if they differ in kind."""
    if len(found) != len(wanted) or not wanted:
        return float("inf")
    pairs = zip(found, wanted, strict=True)
    return max(abs(f - w) / abs(w) if w == w and f == f else float("inf") for f, w in pairs)
