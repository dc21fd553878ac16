"""Signed URLs as AWS takes them."""

from urllib.parse import urlsplit

import pytest

from postrider.adapters.s3 import S3ObjectStore

REGIONS = ["eu-central-1", "eu-north-1", "me-south-1"]


@pytest.mark.parametrize("region", REGIONS)
def test_signed_urls_name_the_region_of_the_bucket(monkeypatch, region):
    """The global endpoint redirects elsewhere, where the signature does not hold, or knows no newer region at all."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for name, value in {"ACCESS_KEY_ID": "111122223333", "SECRET_ACCESS_KEY": "x", "DEFAULT_REGION": region}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    objects = S3ObjectStore("postrider")
    download = objects.signed_download("exports/1/contacts.csv", "contacts.csv")
    upload = objects.signed_upload("imports/1/x.csv", "text/csv", 1000)
    assert {urlsplit(url).netloc for url in (download, upload.url)} == {f"postrider.s3.{region}.amazonaws.com"}
