"""Settings: the only reader of the environment. No secret has a default, so a forgotten one stops the start."""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, PrivateAttr, SecretStr, StringConstraints, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from app.deployment_keys import DeploymentKeys, key_bytes, read_keys

DEMO_ISSUER: Final = "urn:supervision-demo:"
"""How the name of every demo's issuer begins. It is no address: nobody can have it."""


def _a_key(value: SecretStr) -> SecretStr:
    key_bytes(value.get_secret_value())
    return value


Guid = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]


def _is_here(host: str | None) -> bool:
    """Whether a host is this machine alone."""
    try:
        return host is not None and ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_elsewhere(url: str) -> bool:
    """Whether an address is reached over TLS, and is another machine's."""
    where = urlsplit(url)
    return where.scheme == "https" and not _is_here(where.hostname)


def _holds_keys(value: Path) -> Path:
    read_keys(value)
    return value


class GivenKeys(BaseSettings):
    """The deployment's keys, under which everything that is encrypted lies, as far as they are given."""

    model_config = SettingsConfigDict(env_prefix="SUPERVISION_", extra="ignore", hide_input_in_errors=True)

    master_key: Annotated[SecretStr, AfterValidator(_a_key)] | None = Field(
        None, description="the deployment's only key, of epoch 1: 32 random bytes, base64"
    )
    keys_file: Annotated[Path, AfterValidator(_holds_keys)] | None = Field(
        None, description="the deployment's keys by epoch, in a private file, instead of master_key"
    )


class HoldsKeys(GivenKeys):
    """Settings with the deployment's keys: one in the environment, or a file."""

    _deployment: DeploymentKeys = PrivateAttr()

    @property
    def deployment_keys(self) -> DeploymentKeys:
        """The keys by epoch."""
        return self._deployment

    @model_validator(mode="after")
    def _one_source_of_keys(self) -> Self:
        if self.keys_file is not None and self.master_key is None:
            self._deployment = DeploymentKeys.from_file(self.keys_file)
        elif self.master_key is not None and self.keys_file is None:
            self._deployment = DeploymentKeys.single(key_bytes(self.master_key.get_secret_value()))
        else:
            raise ValueError("set exactly one of SUPERVISION_MASTER_KEY and SUPERVISION_KEYS_FILE")
        return self


PERIODS: Any = Field({}, description="as JSON, how long what is kept where that is not as the table of periods says")


class RemembersErasures(BaseSettings):
    """Where what was erased is remembered, outside the database."""

    model_config = SettingsConfigDict(env_prefix="SUPERVISION_", extra="ignore", hide_input_in_errors=True)

    erasure_register: Path | None = Field(
        None, description="the register of erasures: a private file outside the database; without it nothing is erased"
    )


class OwnerSettings(BaseSettings):
    """What `migrate` and `council list` need: the database as its owner."""

    model_config = SettingsConfigDict(env_prefix="SUPERVISION_", extra="ignore", hide_input_in_errors=True)

    owner_database_url: SecretStr = Field(description="PostgreSQL as the owner: postgresql+asyncpg://…")


class TidySettings(OwnerSettings):
    """What `tidy` needs: the database as its owner, and how long a council keeps what, where that is its own."""

    periods: dict[str, str] = PERIODS


class CouncilSettings(OwnerSettings, HoldsKeys):
    """What `council add` and `keys` need: the database as its owner, and the deployment's keys."""


class FinishingSettings(CouncilSettings, RemembersErasures):
    """What `erasures finish` and `reapply` need: the same, and the register of erasures."""


class ClientSettings(BaseSettings):
    """What the command line's other half needs: where the service is, and a token to ask it with."""

    model_config = SettingsConfigDict(env_prefix="SUPERVISION_", extra="ignore", hide_input_in_errors=True)

    url: str | None = Field(None, description="the service that `push`, `status` and the like ask")
    token: SecretStr | None = Field(None, description="the bearer token that they send")


class WorkerSettings(BaseSettings):
    """What `work` and `rebuild` need: the database as the service's own role, and no key."""

    model_config = SettingsConfigDict(env_prefix="SUPERVISION_", extra="ignore", hide_input_in_errors=True)

    database_url: SecretStr = Field(description="PostgreSQL, as the service's own role: postgresql+asyncpg://…")
    log_level: Literal["debug", "info", "warning", "error"] = "info"


LogName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9.-]{1,200}$")]


class SignerKeySettings(BaseSettings):
    """What `signer` needs: the file of private keys, and the name under which logs are signed."""

    model_config = SettingsConfigDict(env_prefix="SUPERVISION_", extra="ignore", hide_input_in_errors=True)

    signer_key_file: Path = Field(description="the signer's private keys, in a file of its own")
    log_name: LogName = Field(description="how every log's name begins, as a host name: ledger.example.gov.uk")


class SignerFolderSettings(SignerKeySettings):
    """What `signer retire` needs beside: what was signed."""

    signer_folder: Path = Field(description="what the signer remembers: on a disk of its own, in its own backup")


class SignerSettings(SignerFolderSettings):
    """What `sign` needs: the database as the signer's own role, its keys, and its own folder. No other secret."""

    signer_database_url: SecretStr = Field(description="PostgreSQL as supervision_signer: postgresql+asyncpg://…")
    checkpoints_folder: Path | None = Field(
        None, description="where every signed checkpoint is added to a file; else signer_folder"
    )
    log_level: Literal["debug", "info", "warning", "error"] = "info"


class Settings(WorkerSettings, HoldsKeys, RemembersErasures):
    """Read from `SUPERVISION_…` environment variables.

    `mode` is `production` unless said otherwise; only `demo` knows the built-in issuer, and only on loopback.
    """

    model_config = SettingsConfigDict(env_prefix="SUPERVISION_", extra="forbid", hide_input_in_errors=True)

    mode: Literal["production", "demo"] = "production"
    owner_database_url: SecretStr | None = Field(None, description="PostgreSQL as the owner, for `migrate` only")
    reader_database_url: SecretStr | None = Field(
        None, description="PostgreSQL as supervision_reader, for questions about structure: a replica, say"
    )
    issuer: str = Field(description="`iss` that tokens must carry; with Entra ID, `{tenantid}` in it is the tenant")
    issuer_kind: Literal["standard", "entra"] = Field("standard", description="how the issuer's tokens are read")
    tenants: dict[Guid, str] = Field({}, description="Entra ID's tenants as JSON: each one's id and its council")
    audience: str = Field("supervision-ledger", description="`aud` that tokens must carry")
    jwks_url: str | None = Field(None, description="where the issuer publishes its keys (https)")
    jwks_file: Path | None = Field(None, description="the issuer's public keys as a file, instead of jwks_url")
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    metrics_port: int | None = Field(None, ge=1, le=65535, description="serve /metrics here without a token")
    pool_size: int = Field(8, ge=2, le=100)
    cooling_off_days: int = Field(
        14, ge=0, le=90, description="full days between the approval of an erasure and its carrying out"
    )
    periods: dict[str, str] = PERIODS
    worker: bool = Field(True, description="`serve` starts a worker beside it, which keeps lists and counts current")

    @model_validator(mode="after")
    def _one_key_source(self) -> "Settings":
        if (self.jwks_url is None) == (self.jwks_file is None):
            raise ValueError("set exactly one of SUPERVISION_JWKS_URL and SUPERVISION_JWKS_FILE")
        return self

    @model_validator(mode="after")
    def _entra_knows_its_tenants(self) -> "Settings":
        if self.issuer_kind == "standard" and (self.tenants or "{tenantid}" in self.issuer):
            raise ValueError("tenants are Entra ID's: set SUPERVISION_ISSUER_KIND=entra, or name one issuer")
        if self.issuer_kind == "entra" and (not self.tenants or "{tenantid}" not in self.issuer):
            raise ValueError("Entra ID needs SUPERVISION_TENANTS, and {tenantid} in SUPERVISION_ISSUER")
        if len(set(self.tenants.values())) < len(self.tenants):
            raise ValueError("each tenant of SUPERVISION_TENANTS must be another council: people are known by tenant")
        return self

    @model_validator(mode="after")
    def _demo_stays_at_home(self) -> "Settings":
        if self.mode != "demo":
            return self
        if not _is_here(self.host):
            raise ValueError("demo mode listens on loopback only: set SUPERVISION_HOST=127.0.0.1")
        if not self.issuer.startswith(DEMO_ISSUER):
            raise ValueError("demo mode trusts the demo's own issuer only, and SUPERVISION_ISSUER is another")
        if self.jwks_url is not None and not _is_here(urlsplit(self.jwks_url).hostname):
            raise ValueError("demo mode takes keys from loopback only, and SUPERVISION_JWKS_URL is elsewhere")
        return self

    @model_validator(mode="after")
    def _production_knows_no_demo(self) -> "Settings":
        if self.mode != "production":
            return self
        if self.issuer.startswith(DEMO_ISSUER):
            raise ValueError("the demo's issuer is trusted in demo mode only: set SUPERVISION_ISSUER to your own")
        if self.jwks_url is not None and not _is_elsewhere(self.jwks_url):
            raise ValueError("SUPERVISION_JWKS_URL must be https in production, and not of this machine")
        if self.cooling_off_days < 1:
            raise ValueError("SUPERVISION_COOLING_OFF_DAYS must be at least 1 in production: nothing undoes an erasure")
        if self.jwks_file is not None and ".demo" in self.jwks_file.parts:
            raise ValueError("SUPERVISION_JWKS_FILE lies in a demo's folder: production takes nothing from there")
        return self


class GivenSettings(Settings):
    """Settings given by the code that makes them (the demo, the tests): the environment has no say in any of them."""

    @classmethod
    def settings_customise_sources(cls, *_: Any, **sources: Any) -> tuple[PydanticBaseSettingsSource, ...]:
        """Nothing but the arguments."""
        return (sources["init_settings"],)
