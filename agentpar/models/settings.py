"""How models are reached and served."""

import shlex
import sys
from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field, PositiveFloat, PositiveInt, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from agentpar.errors import TaskError

PREFIX = "AGENTPAR_MODEL_"


def _words(value: Any) -> Any:
    return tuple(shlex.split(value)) if isinstance(value, str) else value


class ModelSettings(BaseSettings):
    """Each field is also an environment variable: `timeout_s` is `AGENTPAR_MODEL_TIMEOUT_S`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, populate_by_name=True)

    api_key: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices(f"{PREFIX}API_KEY", "OPENAI_API_KEY"), repr=False
    )
    """Sent to the endpoint, and written nowhere."""
    concurrency: PositiveInt = 8
    """Requests under way at a time; further ones wait here, not in the server."""
    timeout_s: PositiveFloat = 600.0
    """From the moment a request may go out to its whole reply, retries included."""
    retries: int = Field(default=4, ge=0)
    """How often a request is sent again when the connection breaks, the server is busy, or its reply makes no sense."""
    connect_s: PositiveFloat = 5.0
    """For the connection, and for whatever a server answers without running the model."""
    first_reply_s: PositiveFloat = 180.0
    """For the first request, before which some servers load the model."""
    vllm_python: str = sys.executable
    """The interpreter that has vLLM."""
    vllm_args: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)] = ()
    """Further flags for the vLLM server; they override those that are chosen here."""
    vllm_ngram: int = Field(default=0, ge=0)
    """Tokens to guess ahead from the prompt (n-gram speculation): pays when replies repeat most of the prompt."""
    vllm_start_s: PositiveFloat = 1800.0
    """For the server's start, loading of weights included."""


def load_settings() -> ModelSettings:
    """The settings of this process's environment.

    Raises:
        TaskError: a variable's value is wrong.
    """
    try:
        return ModelSettings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = str(first["loc"][0])
        name = name if name.isupper() else PREFIX + name.upper()
        raise TaskError(f"the environment variable {name} is wrong: {first['msg']}") from None
