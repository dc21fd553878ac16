"""The Data stack: resources that outlive deployments of the code: tables, bucket, signing key, root secret."""

from typing import Any

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.constructs.http_api import PREFLIGHT_S
from infra.models import MODELS
from infra.names import names_of
from infra.stages import Stage
from infra.tables import define_table

TEMPORARY = {"audiences/": 200, "emails/": 120, "imports/": 15, "exports/": 7}
"""Days that objects below a prefix are kept: audiences longer than they may be scheduled ahead (90 days) and a run may take
(100), transactional mails a month longer than they may be scheduled ahead, imports longer than a dead letter that may ask for
one; the contents of campaigns stay."""
SECRET_LENGTH = 64


class Data(Stack):
    def __init__(self, scope: Construct, id: str, *, stage: Stage, **options: Any) -> None:
        super().__init__(scope, id, termination_protection=stage.keep_data, **options)
        names = names_of(self, stage)
        removal = RemovalPolicy.RETAIN if stage.keep_data else RemovalPolicy.DESTROY
        self.tables: dict[str, dynamodb.CfnTable] = {name: define_table(self, name, stage) for name in sorted(MODELS)}
        self.bucket = s3.Bucket(
            self,
            "Storage",
            bucket_name=names.bucket,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=stage.require_tls,
            minimum_tls_version=1.2 if stage.require_tls else None,
            lifecycle_rules=[
                s3.LifecycleRule(id=f"expire-{prefix.rstrip('/')}", prefix=prefix, expiration=Duration.days(days))
                for prefix, days in TEMPORARY.items()
            ]
            + [s3.LifecycleRule(id="parts", abort_incomplete_multipart_upload_after=Duration.days(1))],
            cors=_cors(stage),
            removal_policy=removal,
        )
        self.signing_key = kms.Key(
            self,
            "Signing",
            description="Signs access tokens (RS256).",
            key_spec=kms.KeySpec.RSA_2048,
            key_usage=kms.KeyUsage.SIGN_VERIFY,
            removal_policy=removal,
        )
        secret = secretsmanager.CfnSecret(
            self,
            "Root",
            name=names.secret,
            description="Keys for cursors, links, exports and hashes are derived from it. Never change it.",
            generate_secret_string=secretsmanager.CfnSecret.GenerateSecretStringProperty(
                password_length=SECRET_LENGTH, exclude_punctuation=True
            ),
        )
        secret.apply_removal_policy(removal)
        self.export_value(self.signing_key.key_arn)  # the only name that cannot be derived


def _cors(stage: Stage) -> list[s3.CorsRule] | None:
    """Return the CORS rules: scripts of the stage's origins may use signed forms and URLs; other requests are refused."""
    if not stage.cors_origins:
        return None
    return [
        s3.CorsRule(
            allowed_origins=list(stage.cors_origins),
            allowed_methods=[s3.HttpMethods.POST, s3.HttpMethods.GET, s3.HttpMethods.HEAD],
            allowed_headers=["*"],
            exposed_headers=["ETag"],
            max_age=PREFLIGHT_S,
        )
    ]
