"""The refusals of SES v2, with its codes, statuses and texts.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/CommonErrors.html and the Errors section of each action.
"""


class SesError(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def bad_request(message: str) -> SesError:
    return SesError(400, "BadRequestException", message)


def not_found(message: str) -> SesError:
    return SesError(404, "NotFoundException", message)


def rejected(message: str) -> SesError:
    return SesError(400, "MessageRejected", message)


# Only the text tells the rate from the daily quota:
# https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html
def rate_exceeded() -> SesError:
    return SesError(429, "TooManyRequestsException", "Maximum sending rate exceeded.")


def quota_exceeded() -> SesError:
    return SesError(429, "TooManyRequestsException", "Daily message quota exceeded.")


def sending_paused() -> SesError:
    return SesError(400, "SendingPausedException", "Email sending is disabled for this account.")
