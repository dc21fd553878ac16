"""What imports enqueue: ids only."""

from pydantic import BaseModel

IMPORT_CONTACTS = "import-contacts"


class ImportContacts(BaseModel):
    """Write the rows of one call, which wait in the object store."""

    account_id: str
    list_id: int
    import_id: str
