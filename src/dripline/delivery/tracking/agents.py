"""What the name says by which a program introduces itself."""

from functools import lru_cache

_MAIL_PROXIES = ("GoogleImageProxy", "YahooMailProxy")
# What the picture proxy of Apple's mail programs says, and nothing more.
_PRIVACY_PROXY = "Mozilla/5.0"
_LONGEST = 500


def is_mail_proxy(agent: str) -> bool:
    """Whether a mailbox provider fetched it for somebody who looked at that moment."""
    return any(name in agent for name in _MAIL_PROXIES)


def is_privacy_proxy(agent: str) -> bool:
    """Whether a mail program fetched it, whether or not somebody looked."""
    return agent.strip() == _PRIVACY_PROXY


@lru_cache(maxsize=4_000)
def is_robot(agent: str) -> bool:
    """Whether it is a robot that says so, by the public list of crawlers' names."""
    # The list takes a tenth of a second to load, and only who judges hits needs it.
    from crawleruseragents import is_crawler

    return bool(is_crawler(agent[:_LONGEST]))
