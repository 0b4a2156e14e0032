"""Numbers as the ledger keeps them: a whole number as a JSON integer, any other as its shortest decimal text.

Then 1.0 and 1 are the same number, 0.60 and 0.6 are too, and no reader's floating point can change what was sent.
"""

from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from typing import Final

_LONGEST: Final = 18
"""Beyond as many digits or powers of ten a number stays text, so that 1e999999 costs nothing to write down."""


def kept(number: Decimal) -> int | str:
    """1.0 → 1, 0.60 → "0.6", 1e400 → "1E+400"."""
    if not -_LONGEST <= number.adjusted() <= _LONGEST:
        exactly = Context(prec=len(number.as_tuple().digits), Emin=MIN_EMIN, Emax=MAX_EMAX)
        return str(number.normalize(exactly)) if number else 0
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").removesuffix(".")
    return text if "." in text else int(text)
