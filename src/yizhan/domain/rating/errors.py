"""What rating refuses."""

from yizhan.kernel.errors import Invalid


class RatingError(Invalid):
    """A record cannot be rated: no price matches it, or it lacks what its price needs.

    Never free: the record belongs in quarantine until the plan or the record is corrected.
    """

    code = "rating_error"


class NoPrice(RatingError):
    """The plan has no price for this class of usage; the facts name the class and the plan."""

    code = "no_price"
