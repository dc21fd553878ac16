import pytest

from tests.standin import standin  # noqa: F401


@pytest.fixture
def platform(standin):
    try:
        standin.client("dynamodb").create_table(
            TableName="postrider-ledger", BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"S"}],
            KeySchema=[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}])
    except Exception as e:
        assert "InUse" in str(e)
    return standin
