from credit_plugins.batch import ENTROPY
from credit_plugins.operator import token_operator
from credit_plugins.options import number


@token_operator(reads=ENTROPY, neutral={"strength": 0.0})
def calm(adv_BT, batch, *, strength: float = number(0.2, 0, 1)):
    """Keep less of the advantage where the policy is uncertain: A (1 - strength (1 - e^-H))."""
    return adv_BT * (1 - strength * (1 - (-batch.signal(ENTROPY)).exp()))
