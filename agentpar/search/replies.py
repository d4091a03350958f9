"""A model's replies, each kept in the ledger before anything is made of it."""

import hashlib
import json
from collections.abc import Sequence

from agentpar.ledger import Ledger
from agentpar.models.base import Message, Reply, Sampler, Sampling
from agentpar.models.replay import Replay


class Remembered:
    """A sampler that asks each request once in a run, also over resumes: what was answered is read from the ledger.

    A recording goes on in it where the run's earlier sessions have come to.
    """

    def __init__(self, sampler: Sampler, ledger: Ledger) -> None:
        self.name = sampler.name
        self._sampler = sampler
        self._ledger = ledger
        if isinstance(sampler, Replay):
            sampler.pass_over(ledger.replies())

    async def sample(self, messages: Sequence[Message], sampling: Sampling, *, task: str) -> Reply:
        """See `Sampler`. Requests differ at least in their sampling's seed, so the same one is the same question.

        Raises:
            LedgerError: the reply cannot be kept.
        """
        key = request_key(messages, sampling, task)
        known = self._ledger.reply_to(key)
        if known is not None:
            return known
        reply = await self._sampler.sample(messages, sampling, task=task)
        self._ledger.record_reply(key, reply)
        return reply

    async def close(self) -> None:
        """Close the sampler behind it."""
        await self._sampler.close()


def request_key(messages: Sequence[Message], sampling: Sampling, task: str) -> str:
    """The SHA-256 of a request; the model's name is no part of it, so that a run may go on with a server elsewhere."""
    said = [task, sampling.model_dump(mode="json"), *(each.model_dump() for each in messages)]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
